using System.Text;
using Headroom.App.Shared;
using Headroom.Core;

namespace Headroom.App.Writing;

/// <summary>The newest rows of a batch, for the live view.</summary>
internal static class LiveRows
{
    /// <summary>A person reads no more of one batch.</summary>
    private const int Most = 50;

    public static void Publish(LiveFeed live, ProjectRows project)
    {
        var rows = project.Rows;
        for (var row = Math.Max(0, rows.Count - Most); row < rows.Count; row++)
        {
            live.Publish(project.Id, new LiveEvent(
                rows.Uuid[row],
                Encoding.UTF8.GetString(rows.Text(rows.Event[row])),
                Encoding.UTF8.GetString(rows.Text(rows.DistinctId[row])),
                UnixMicros.ToInstant(rows.Timestamp[row]),
                Text(project, KnownProperty.CurrentUrl, row),
                Text(project, KnownProperty.Browser, row),
                Text(project, KnownProperty.Os, row),
                Text(project, KnownProperty.CountryCode, row)));
        }
    }

    private static string? Text(ProjectRows project, KnownProperty known, int row)
    {
        var column = project.Plan(known).Column(project, PropertyKind.Text);
        var at = column is null ? -1 : column.Rows.BinarySearch(row);
        return at < 0 ? null : Encoding.UTF8.GetString(project.Rows.Text(column!.Texts[at]));
    }
}
