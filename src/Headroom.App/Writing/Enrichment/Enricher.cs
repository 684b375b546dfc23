using Headroom.App.Shared;
using Headroom.Core;

namespace Headroom.App.Writing.Enrichment;

/// <summary>Adds to a row what can be known from its user agent, URL, referrer and address, never over what was sent.</summary>
internal sealed class Enricher(Geo geo)
{
    private readonly UserAgents _userAgents = new();
    private readonly Channels _channels = new();

    public UserAgent FindUserAgent(ReadOnlySpan<byte> userAgent) => _userAgents.Find(userAgent);

    public Place FindPlace(ReadOnlySpan<byte> ip) => geo.Find(ip);

    /// <param name="requestAgent">Of the request that brought the event; a property says it better.</param>
    /// <param name="requestIp">As text, may be empty.</param>
    public void Enrich(ProjectRows project, int row, EventFacts facts, UserAgent requestAgent, Place requestPlace, ReadOnlySpan<byte> requestIp)
    {
        // A server's own address and user agent say nothing of the person.
        var isServer = facts.IsTrue(KnownProperty.IsServer);
        if (facts.HasText(KnownProperty.UserAgent))
        {
            AddUserAgent(project, row, facts, _userAgents.Find(facts.Text(KnownProperty.UserAgent, project.Rows)));
        }
        else if (!isServer)
        {
            AddUserAgent(project, row, facts, requestAgent);
        }

        AddPlace(project, row, facts, requestPlace, requestIp, isServer);
        if (facts.HasText(KnownProperty.CurrentUrl))
        {
            AddUrl(project, row, facts);
        }
        else if (facts.HasText(KnownProperty.Referrer))
        {
            AddReferringDomain(project, row, facts);
        }
    }

    private static void AddUserAgent(ProjectRows project, int row, EventFacts facts, UserAgent agent)
    {
        if (ReferenceEquals(agent, UserAgent.Unknown))
        {
            return;
        }

        Add(project, row, facts, KnownProperty.Browser, agent.Browser);
        if (agent.BrowserVersion is { } version && !facts.Has(KnownProperty.BrowserVersion))
        {
            project.Plan(KnownProperty.BrowserVersion).Column(project, PropertyKind.Number)?.AddNumber(row, version);
        }

        Add(project, row, facts, KnownProperty.Os, agent.Os);
        Add(project, row, facts, KnownProperty.OsVersion, agent.OsVersion);
        Add(project, row, facts, KnownProperty.DeviceType, agent.DeviceType);
        if ((agent.IsBot || (agent.IsLibrary && facts.HasText(KnownProperty.CurrentUrl))) && !facts.Has(KnownProperty.IsBot))
        {
            project.Plan(KnownProperty.IsBot).Column(project, PropertyKind.Boolean)?.AddBoolean(row, true);
        }
    }

    private void AddPlace(ProjectRows project, int row, EventFacts facts, Place requestPlace, ReadOnlySpan<byte> requestIp, bool isServer)
    {
        var sent = facts.HasText(KnownProperty.Ip);
        if (!facts.IsTrue(KnownProperty.GeoipDisable) && (sent || !isServer))
        {
            var place = sent ? geo.Find(facts.Text(KnownProperty.Ip, project.Rows)) : requestPlace;
            if (!ReferenceEquals(place, Place.Unknown))
            {
                Add(project, row, facts, KnownProperty.CountryCode, place.CountryCode);
                Add(project, row, facts, KnownProperty.CountryName, place.CountryName);
                Add(project, row, facts, KnownProperty.CityName, place.City);
                Add(project, row, facts, KnownProperty.SubdivisionCode, place.SubdivisionCode);
                Add(project, row, facts, KnownProperty.SubdivisionName, place.SubdivisionName);
            }
        }

        if (project.KeepIp)
        {
            if (sent)
            {
                Store(project, row, KnownProperty.Ip, facts.Text(KnownProperty.Ip));
            }
            else if (!isServer && !requestIp.IsEmpty)
            {
                Store(project, row, KnownProperty.Ip, project.Rows.Store(requestIp));
            }
        }
    }

    private void AddUrl(ProjectRows project, int row, EventFacts facts)
    {
        var rows = project.Rows;
        var urlSlice = facts.Text(KnownProperty.CurrentUrl);
        var url = UrlParts.Of(rows.Text(urlSlice));
        if (url.Host.IsEmpty)
        {
            return;
        }

        // Pieces of the URL's own text: nothing is copied.
        var hostSlice = new TextSlice(urlSlice.Offset + Offset(rows.Text(urlSlice), url.Host), url.Host.Length);
        if (!facts.Has(KnownProperty.Host))
        {
            Store(project, row, KnownProperty.Host, hostSlice);
        }

        if (!facts.Has(KnownProperty.Pathname))
        {
            Store(project, row, KnownProperty.Pathname, url.Path.Length == 1
                ? rows.Store("/"u8)
                : new TextSlice(urlSlice.Offset + Offset(rows.Text(urlSlice), url.Path), url.Path.Length));
        }

        AddCampaign(project, row, facts, urlSlice);
        AddReferringDomain(project, row, facts);
        if (facts.Has(KnownProperty.Channel))
        {
            return;
        }

        var referrer = facts.Text(KnownProperty.ReferringDomain, rows);
        if (referrer.SequenceEqual("$direct"u8))
        {
            referrer = default;
        }

        var isInternal = !referrer.IsEmpty && UrlParts.Site(referrer).SequenceEqual(UrlParts.Site(rows.Text(hostSlice)));
        var channel = _channels.Find(
            facts.Text(KnownProperty.UtmSource, rows), facts.Text(KnownProperty.UtmMedium, rows), isInternal ? default : referrer, isInternal,
            searchClick: facts.HasText(KnownProperty.Gclid) || facts.HasText(KnownProperty.Msclkid) || facts.HasText(KnownProperty.Gbraid) || facts.HasText(KnownProperty.Wbraid),
            socialClick: facts.HasText(KnownProperty.Ttclid) || facts.HasText(KnownProperty.Twclid) || facts.HasText(KnownProperty.LinkedInId) || facts.HasText(KnownProperty.RedditId),
            facebookClick: facts.HasText(KnownProperty.Fbclid) || facts.HasText(KnownProperty.Igshid));
        if (channel is not null)
        {
            Store(project, row, KnownProperty.Channel, channel.In(project));
        }
    }

    private static void AddCampaign(ProjectRows project, int row, EventFacts facts, TextSlice urlSlice)
    {
        var rows = project.Rows;
        var query = UrlParts.Of(rows.Text(urlSlice)).Query;
        while (UrlParts.TryNext(ref query, out var name, out var value))
        {
            var known = value.IsEmpty ? KnownProperty.None : KnownProperties.Find(name);
            if (KnownProperties.IsCampaign(known) && !facts.Has(known))
            {
                // Reserving may move the arena; what is left of the old one stays readable and unchanged.
                var text = rows.Take(UrlParts.Decode(value, rows.Reserve(value.Length)));
                facts.SetText(known, text);
                Store(project, row, known, text);
            }
        }
    }

    private static void AddReferringDomain(ProjectRows project, int row, EventFacts facts)
    {
        var rows = project.Rows;
        if (facts.Has(KnownProperty.ReferringDomain) || !facts.HasText(KnownProperty.Referrer))
        {
            return;
        }

        var slice = facts.Text(KnownProperty.Referrer);
        var host = UrlParts.Of(rows.Text(slice)).Host;
        if (!host.IsEmpty)
        {
            var domain = new TextSlice(slice.Offset + Offset(rows.Text(slice), host), host.Length);
            facts.SetText(KnownProperty.ReferringDomain, domain);
            Store(project, row, KnownProperty.ReferringDomain, domain);
        }
    }

    private static int Offset(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> piece)
    {
        whole.Overlaps(piece, out var offset);
        return offset;
    }

    private static void Add(ProjectRows project, int row, EventFacts facts, KnownProperty known, CachedText? text)
    {
        if (text is not null && !facts.Has(known))
        {
            Store(project, row, known, text.In(project));
        }
    }

    private static void Store(ProjectRows project, int row, KnownProperty known, TextSlice text) =>
        project.Plan(known).Column(project, PropertyKind.Text)?.AddText(row, text);
}
