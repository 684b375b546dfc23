using Headroom.Core;

namespace Headroom.App.Writing;

/// <summary>What the known properties of the event at hand say.</summary>
internal sealed class EventFacts
{
    private readonly TextSlice[] _texts = new TextSlice[(int)KnownProperty.Count];
    private ulong _present;
    private ulong _true;
    private ulong _false;
    private ulong _hasText;

    public void Clear() => _present = _true = _false = _hasText = 0;

    public bool Has(KnownProperty known) => (_present & Bit(known)) != 0;

    public bool IsTrue(KnownProperty known) => (_true & Bit(known)) != 0;

    public bool IsFalse(KnownProperty known) => (_false & Bit(known)) != 0;

    public bool HasText(KnownProperty known) => (_hasText & Bit(known)) != 0;

    /// <summary>Null when the property is absent or no text.</summary>
    public TextSlice Text(KnownProperty known) => HasText(known) ? _texts[(int)known] : TextSlice.Null;

    public ReadOnlySpan<byte> Text(KnownProperty known, EventColumns rows) => rows.Text(Text(known));

    public void SetText(KnownProperty known, TextSlice text)
    {
        _present |= Bit(known);
        _hasText |= Bit(known);
        _texts[(int)known] = text;
    }

    public void SetBoolean(KnownProperty known, bool value)
    {
        _present |= Bit(known);
        _true = value ? _true | Bit(known) : _true & ~Bit(known);
        _false = value ? _false & ~Bit(known) : _false | Bit(known);
    }

    public void SetOther(KnownProperty known) => _present |= Bit(known);

    private static ulong Bit(KnownProperty known) => 1UL << (int)known;
}
