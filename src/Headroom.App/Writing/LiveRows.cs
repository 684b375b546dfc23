using System.Text;
using Headroom.App.Shared;
using Headroom.Core;

namespace Headroom.App.Writing;

/// <summary>The newest rows of a batch, for the live view.</summary>
internal static class LiveRows
{
    /// <summary>A person reads no more of one batch.</summary>
    private const int Most = 50;

    /// <summary>Copies, because the commit gives the rows' memory back and only what is committed is shown.</summary>
    public static List<LiveEvent> Of(ProjectRows project)
    {
        var rows = project.Rows;
        var events = new List<LiveEvent>(Math.Min(rows.Count, Most));
        for (var row = Math.Max(0, rows.Count - Most); row < rows.Count; row++)
        {
            events.Add(new LiveEvent(
                rows.Uuid[row],
                Encoding.UTF8.GetString(rows.Text(rows.Event[row])),
                Encoding.UTF8.GetString(rows.Text(rows.DistinctId[row])),
                UnixMicros.ToInstant(rows.Timestamp[row]),
                Text(project, KnownProperty.CurrentUrl, row),
                Text(project, KnownProperty.Browser, row),
                Text(project, KnownProperty.Os, row),
                Text(project, KnownProperty.CountryCode, row)));
        }

        return events;
    }

    private static string? Text(ProjectRows project, KnownProperty known, int row)
    {
        var name = KnownProperties.Name(known);
        if (!project.Rows.HasColumn(name, PropertyKind.Text))
        {
            return null;
        }

        var column = project.Rows.Column(name, PropertyKind.Text);
        var at = column.Rows.BinarySearch(row);
        return at < 0 ? null : Encoding.UTF8.GetString(project.Rows.Text(column.Texts[at]));
    }
}
