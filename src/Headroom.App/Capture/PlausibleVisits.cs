using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;

namespace Headroom.App.Capture;

/// <summary>A domain of a Plausible event, as it stands in the request, and the project that it belongs to.</summary>
internal readonly record struct PlausibleSite(ProjectId Project, Slice Domain);

/// <summary>
/// Finds the projects that a Plausible event is for and writes its record for each: the domains of a list may belong to
/// different projects, and each has visitor ids of its own.
/// </summary>
internal sealed class PlausibleVisits(IProjectDirectory projects, IVisitorSalts salts)
{
    /// <summary>The sites of the request's domain list, and how many of its domains are known to no project.</summary>
    public async ValueTask<(List<PlausibleSite> Sites, int Unknown)> FindAsync(HttpContext http, CaptureState state)
    {
        var sites = new List<PlausibleSite>(1);
        var unknown = 0;
        var refreshed = false;
        var list = state.Key;
        for (var start = 0; start <= list.Length;)
        {
            var domain = NextDomain(state, list, ref start);
            if (domain.Length == 0)
            {
                continue;
            }

            var project = Find(state, domain);
            if (project is null && !refreshed)
            {
                refreshed = true;
                await Capture.RefreshAsync(http, projects);
                project = Find(state, domain);
            }

            if (project is null)
            {
                unknown++;
            }
            else
            {
                sites.Add(new PlausibleSite(project.Id, domain));
            }
        }

        return (sites, unknown);
    }

    /// <summary>Writes the event, with the visitor's id on this site.</summary>
    public void Write(HttpContext http, CaptureState state, in PlausibleSite site, EventBatchWriter record, long now)
    {
        Span<byte> ip = stackalloc byte[CaptureRequest.MaxIpBytes];
        Span<byte> userAgent = stackalloc byte[CaptureRequest.MaxUserAgentBytes];
        var (ipLength, userAgentLength) = CaptureRequest.ReadClient(http, ip, userAgent);
        ip = ip[..ipLength];
        userAgent = userAgent[..userAgentLength];
        var visitor = new VisitorIds(site.Project, salts.Current, state.CookielessRoom);
        visitor.Find(now, ip, userAgent, UrlParts.Site(state.Bytes(site.Domain)), extra: default);
        record.Reset(site.Project, now, ip, userAgent);
        ref readonly var e = ref state.Events[0];
        record.Add(new CanonicalEvent
        {
            Uuid = Uuids.New(now),
            Event = state.Bytes(e.Event),
            DistinctId = visitor.Id,
            PreviousDistinctId = visitor.PreviousId,
            Timestamp = now,
            Properties = state.Bytes(e.Properties),
        });
    }

    private static Slice NextDomain(CaptureState state, Slice list, ref int start)
    {
        var rest = state.Bytes(list)[start..];
        var comma = rest.IndexOf((byte)',');
        var length = comma < 0 ? rest.Length : comma;
        var from = start;
        start += length + 1;
        var domain = rest[..length];
        var trimmed = domain.TrimStart((byte)' ');
        return new Slice(list.Start + from + domain.Length - trimmed.Length, trimmed.TrimEnd((byte)' ').Length, list.InScratch);
    }

    private ProjectInfo? Find(CaptureState state, Slice domain)
    {
        var name = state.Bytes(domain);
        return projects.TryGetByDomain(name, out var project) || projects.TryGetByWriteKey(name, out project) ? project : null;
    }
}
