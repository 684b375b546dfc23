using System.Globalization;

namespace Headroom.Core;

/// <summary>
/// Names one project, the unit of tenancy. A small positive integer that is never used again;
/// in URLs and JSON it is its decimal text.
/// </summary>
public readonly record struct ProjectId(int Value) : IComparable<ProjectId>
{
    public static bool TryParse(string? text, out ProjectId id)
    {
        var ok = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        id = new ProjectId(ok ? value : 0);
        return ok;
    }

    public int CompareTo(ProjectId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
