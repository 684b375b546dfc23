namespace Headroom.App.Capacity.Forecasting;

/// <summary>How a load grows, and what its season and noise are measured in.</summary>
internal enum TrendShape
{
    /// <summary>By the same amount each day; season and noise are amounts too.</summary>
    Linear,

    /// <summary>By the same amount each day; season and noise are shares of the level.</summary>
    ProportionalLinear,

    /// <summary>By the same share each day; season and noise are shares.</summary>
    Exponential,
}

/// <summary>What happened once in a history: the level or the growth changed, or a day was unlike all others. Values are places in the history.</summary>
/// <param name="Steps">Days from which on the level is another one.</param>
/// <param name="Bends">Days from which on the growth is another one.</param>
/// <param name="Incidents">Days that are left out.</param>
internal sealed record Structure(IReadOnlyList<int> Steps, IReadOnlyList<int> Bends, IReadOnlyList<int> Incidents)
{
    /// <summary>Nothing happened.</summary>
    public static Structure None { get; } = new([], [], []);

    /// <summary>The same for structures with the same parts, in whatever order they were found.</summary>
    public string Key => string.Join(';', string.Join(',', Steps.Order()), string.Join(',', Bends.Order()), string.Join(',', Incidents.Order()));

    /// <summary>Steps, bends and incidents.</summary>
    public int Count => Steps.Count + Bends.Count + Incidents.Count;

    public bool Has(Happening kind, int place) => Of(kind).Contains(place);

    public Structure With(Happening kind, int place) => kind switch
    {
        Happening.Step => this with { Steps = [.. Steps, place] },
        Happening.Bend => this with { Bends = [.. Bends, place] },
        _ => this with { Incidents = [.. Incidents, place] },
    };

    private IReadOnlyList<int> Of(Happening kind) => kind switch
    {
        Happening.Step => Steps,
        Happening.Bend => Bends,
        _ => Incidents,
    };
}

/// <summary>The kinds of a <see cref="Structure"/>'s parts.</summary>
internal enum Happening
{
    Step,
    Bend,
    Incident,
}
