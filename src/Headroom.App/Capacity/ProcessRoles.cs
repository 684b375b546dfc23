namespace Headroom.App.Capacity;

/// <summary>What a process does, as far as its resources show it.</summary>
public readonly record struct ProcessRoles(bool Captures, bool Writes, bool Queries)
{
    public static readonly ProcessRoles Whole = new(true, true, true);

    internal bool IsWhole => this == Whole;

    /// <summary>As the command line has them.</summary>
    internal IReadOnlyList<string> Names => [.. Captures ? ["capture"] : (string[])[], .. Writes ? ["writer"] : (string[])[], .. Queries ? ["query"] : (string[])[]];
}
