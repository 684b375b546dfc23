using Headroom.Core.Queries;

namespace Headroom.Sql;

/// <summary>
/// What sessions are put under. A name of events that filters ask of the session means its property here too, so that
/// a line and the filter on its value are of the same sessions.
/// </summary>
/// <param name="Name">Of an event's property; null where it is one of sessions.</param>
internal readonly record struct SessionValue(SessionProperty? Property, string? Name)
{
    /// <summary>By the names of events' properties.</summary>
    public static readonly IReadOnlyList<(string Name, SessionProperty Property)> Known =
    [
        ("$entry_page", SessionProperty.EntryPage), ("$exit_page", SessionProperty.ExitPage), ("$channel", SessionProperty.Channel),
        ("$source", SessionProperty.Source), ("$referring_domain", SessionProperty.Referrer), ("utm_source", SessionProperty.UtmSource),
        ("utm_medium", SessionProperty.UtmMedium), ("utm_campaign", SessionProperty.UtmCampaign), ("utm_term", SessionProperty.UtmTerm),
        ("utm_content", SessionProperty.UtmContent), ("$geoip_country_code", SessionProperty.Country),
        ("$geoip_subdivision_1_name", SessionProperty.Region), ("$geoip_city_name", SessionProperty.City), ("$device_type", SessionProperty.Device),
        ("$browser", SessionProperty.Browser), ("$os", SessionProperty.Os),
    ];

    /// <summary>One of the two is there.</summary>
    public static SessionValue Of(SessionProperty? property, string? eventProperty) =>
        eventProperty is null ? new SessionValue(property, null)
        : Find(eventProperty) is { } known ? new SessionValue(known, null)
        : new SessionValue(null, eventProperty);

    public static SessionValue Of(SessionsBreakdown breakdown) => Of(breakdown.Property, breakdown.EventProperty);

    public static SessionValue Of(WebListQuery list) => Of(list.By, list.EventProperty);

    /// <summary>The session property that a name of events stands for; null for one of events alone.</summary>
    public static SessionProperty? Find(string name)
    {
        foreach (var known in Known)
        {
            if (known.Name == name)
            {
                return known.Property;
            }
        }

        return null;
    }

    /// <summary>Whether a visit can have several, so that they are rows of their own.</summary>
    public bool IsOfEvents => Property is SessionProperty.Page or SessionProperty.Event;

    /// <summary>Whether it is of the session's person, and not of its events.</summary>
    public bool IsOfPerson => Name is not null && (PropertyNames.OfPerson(Name) is not null || PropertyNames.Cohort(Name) is not null);
}
