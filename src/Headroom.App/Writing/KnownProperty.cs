namespace Headroom.App.Writing;

/// <summary>Properties that mean something to the Writer. At most 64, one bit each.</summary>
internal enum KnownProperty : byte
{
    None,

    /// <summary>Says again what a fixed column or the request says already; not stored.</summary>
    Redundant,
    Ip,
    SessionId,
    CurrentUrl,
    Referrer,
    ReferringDomain,
    Host,
    Pathname,
    Browser,
    BrowserVersion,
    Os,
    OsVersion,
    DeviceType,
    IsBot,
    UserAgent,
    Channel,
    UtmSource,
    UtmMedium,
    UtmCampaign,
    UtmTerm,
    UtmContent,
    Gclid,
    Gclsrc,
    Dclid,
    Gbraid,
    Wbraid,
    Fbclid,
    Msclkid,
    Twclid,
    LinkedInId,
    Igshid,
    Ttclid,
    RedditId,
    CountryCode,
    CountryName,
    CityName,
    SubdivisionCode,
    SubdivisionName,
    GeoipDisable,
    IsServer,
    ProcessPersonProfile,
    AnonDistinctId,
    Alias,

    /// <summary>The sender's device stores nothing; Capture puts it first.</summary>
    CookielessMode,

    /// <summary>An object of the groups that the event belongs to: {"company":"c1"}.</summary>
    Groups,
    Count,
}

internal static class KnownProperties
{
    private static readonly Utf8Map<KnownProperty> ByName = Build();
    private static readonly byte[][] Names = BuildNames();

    public static KnownProperty Find(ReadOnlySpan<byte> name) => ByName.TryGet(name, out var known) ? known : KnownProperty.None;

    /// <summary>The name under which the Writer itself stores a property.</summary>
    public static ReadOnlySpan<byte> Name(KnownProperty known) => Names[(int)known];

    /// <summary>The campaign parameters of a URL: UTM and the click ids of advertising networks.</summary>
    public static bool IsCampaign(KnownProperty known) => known is >= KnownProperty.UtmSource and <= KnownProperty.RedditId;

    private static (string Name, KnownProperty Known)[] All() =>
    [
        ("$ip", KnownProperty.Ip),
        ("$session_id", KnownProperty.SessionId),
        ("$current_url", KnownProperty.CurrentUrl),
        ("$referrer", KnownProperty.Referrer),
        ("$referring_domain", KnownProperty.ReferringDomain),
        ("$host", KnownProperty.Host),
        ("$pathname", KnownProperty.Pathname),
        ("$browser", KnownProperty.Browser),
        ("$browser_version", KnownProperty.BrowserVersion),
        ("$os", KnownProperty.Os),
        ("$os_version", KnownProperty.OsVersion),
        ("$device_type", KnownProperty.DeviceType),
        ("$is_bot", KnownProperty.IsBot),
        ("$raw_user_agent", KnownProperty.UserAgent),
        ("$user_agent", KnownProperty.UserAgent),
        ("$useragent", KnownProperty.UserAgent),
        ("$channel", KnownProperty.Channel),
        ("utm_source", KnownProperty.UtmSource),
        ("utm_medium", KnownProperty.UtmMedium),
        ("utm_campaign", KnownProperty.UtmCampaign),
        ("utm_term", KnownProperty.UtmTerm),
        ("utm_content", KnownProperty.UtmContent),
        ("gclid", KnownProperty.Gclid),
        ("gclsrc", KnownProperty.Gclsrc),
        ("dclid", KnownProperty.Dclid),
        ("gbraid", KnownProperty.Gbraid),
        ("wbraid", KnownProperty.Wbraid),
        ("fbclid", KnownProperty.Fbclid),
        ("msclkid", KnownProperty.Msclkid),
        ("twclid", KnownProperty.Twclid),
        ("li_fat_id", KnownProperty.LinkedInId),
        ("igshid", KnownProperty.Igshid),
        ("ttclid", KnownProperty.Ttclid),
        ("rdt_cid", KnownProperty.RedditId),
        ("$geoip_country_code", KnownProperty.CountryCode),
        ("$geoip_country_name", KnownProperty.CountryName),
        ("$geoip_city_name", KnownProperty.CityName),
        ("$geoip_subdivision_1_code", KnownProperty.SubdivisionCode),
        ("$geoip_subdivision_1_name", KnownProperty.SubdivisionName),
        ("$geoip_disable", KnownProperty.GeoipDisable),
        ("$is_server", KnownProperty.IsServer),
        ("$process_person_profile", KnownProperty.ProcessPersonProfile),
        ("$anon_distinct_id", KnownProperty.AnonDistinctId),
        ("alias", KnownProperty.Alias),
        ("$cookieless_mode", KnownProperty.CookielessMode),
        ("$groups", KnownProperty.Groups),
        ("token", KnownProperty.Redundant),
        ("$token", KnownProperty.Redundant),
        ("api_key", KnownProperty.Redundant),
        ("distinct_id", KnownProperty.Redundant),
        ("$distinct_id", KnownProperty.Redundant),
        ("$set", KnownProperty.Redundant),
        ("$set_once", KnownProperty.Redundant),
        ("$unset", KnownProperty.Redundant),
        ("$insert_id", KnownProperty.Redundant),
        ("$time", KnownProperty.Redundant),
        ("$sent_at", KnownProperty.Redundant),
    ];

    private static Utf8Map<KnownProperty> Build()
    {
        var map = new Utf8Map<KnownProperty>();
        foreach (var (name, known) in All())
        {
            map.Set(System.Text.Encoding.UTF8.GetBytes(name), known);
        }

        return map;
    }

    private static byte[][] BuildNames()
    {
        var names = new byte[(int)KnownProperty.Count][];
        foreach (var (name, known) in All())
        {
            names[(int)known] ??= System.Text.Encoding.UTF8.GetBytes(name);
        }

        return names;
    }
}
