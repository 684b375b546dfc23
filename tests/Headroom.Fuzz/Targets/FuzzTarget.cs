namespace Headroom.Fuzz.Targets;

/// <summary>One decoder, fed with arbitrary bytes. Not safe for concurrent use: it keeps what the decoder keeps between two inputs.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Longer inputs are not made.</summary>
    public virtual int MaxInputBytes => 4096;

    /// <summary>How long one input may take.</summary>
    public virtual TimeSpan MaxTime => TimeSpan.FromSeconds(1);

    /// <summary>What one input may cost.</summary>
    public virtual long MaxAllocatedBytes => 16L << 20;

    /// <summary>Words of the format, besides those that stand in the corpus.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>Decodes. Whatever is thrown is a finding: an exception that is not a documented refusal, or a <see cref="BrokenLawException"/>.</summary>
    public abstract void Run(byte[] input);
}

/// <summary>The decoder did not crash, but did what it promises not to do.</summary>
internal sealed class BrokenLawException(string message) : Exception(message);

internal static class Law
{
    public static void Holds(bool condition, string law)
    {
        if (!condition)
        {
            throw new BrokenLawException(law);
        }
    }
}
