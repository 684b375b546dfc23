using System.Globalization;
using System.Text;
using System.IO.Hashing;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace Headroom.App.Insights;

/// <summary>
/// Tags of answers, all weak: two answers of one tag say the same, though not byte for byte (how long it took is in
/// them). The host's no-store stays: a browser shall not leave events on a shared device's disk, so who wants to save
/// a body remembers answer and tag itself.
/// </summary>
internal static class ETags
{
    /// <summary>Another build may write the same data otherwise.</summary>
    private static readonly Guid Build = typeof(ETags).Module.ModuleVersionId;

    /// <summary>Of what depends on the address, the project's data and its time zone only.</summary>
    public static string Of(ProjectInfo project, ProjectSchema schema, long? version = null)
    {
        // Not the version alone: a backup that was restored counts on from an older one.
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{version ?? schema.DataVersion}|{(version is null ? schema.Rows : 0)}|{(version is null ? schema.MaxTimestamp : 0)}|{project.TimeZone.Id}|{project.WeekStartsOnSunday}");
        return Of(text);
    }

    public static string Of(string content) => Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes($"{Build:N}|{content}")));

    /// <summary>Puts the tag on the answer; true where the asker has this answer already, for a 304.</summary>
    public static bool Tag(HttpContext context, string tag)
    {
        var own = new EntityTagHeaderValue($"\"{tag}\"", isWeak: true);
        context.Response.Headers.ETag = own.ToString();
        foreach (var known in new RequestHeaders(context.Request.Headers).IfNoneMatch)
        {
            if (known.Compare(own, useStrongComparison: false))
            {
                return true;
            }
        }

        return false;
    }
}
