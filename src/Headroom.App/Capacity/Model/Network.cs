namespace Headroom.App.Capacity.Model;

/// <summary>A place where work is done. Times are seconds.</summary>
internal abstract record Station(string Name);

/// <summary>Processors that take turns among all that is ready, as an operating system does with its time slices: processor sharing.</summary>
/// <param name="Count">1 or more.</param>
internal sealed record Processors(string Name, int Count) : Station(Name);

/// <summary>Servers that do one job to its end each, first come first served: a thread, a lock, a number of disks.</summary>
/// <param name="Count">1 or more.</param>
internal sealed record Servers(string Name, int Count) : Station(Name);

/// <summary>
/// One server that takes all that waits as one group, as a log does with its fsync and the Writer with a batch. A group of jobs that bring n seconds of work
/// takes PerGroup (random, with the variability) + n.
/// </summary>
/// <param name="PerGroup">Seconds that a group takes however small it is; above 0.</param>
/// <param name="Variability">Squared coefficient of variation of that time.</param>
/// <param name="Gather">Seconds for which the oldest job waits for others before a group begins, where the server is free; 0 begins at once.</param>
/// <param name="MaxJobs">Jobs of a group at most.</param>
internal sealed record Batches(string Name, double PerGroup, double Variability, double Gather = 0, int MaxJobs = int.MaxValue) : Station(Name);

/// <summary>A wait in which nothing is shared: the network's, or another system's.</summary>
internal sealed record Delay(string Name) : Station(Name);

/// <summary>Work of a job at a station.</summary>
/// <param name="Station">Index into the network's stations.</param>
/// <param name="Demand">Mean seconds of service; at <see cref="Batches"/> what the job adds to its group's time.</param>
/// <param name="Variability">Squared coefficient of variation of the service; 0 is always the same, 1 exponential. At <see cref="Batches"/> it is not looked at.</param>
/// <param name="Pool">Index into the network's pools: a place in it is waited for before the station, and held until its end.</param>
internal sealed record Visit(int Station, double Demand, double Variability, int? Pool = null);

/// <summary>Places that are held while something is under way, first come first served: query slots, connections.</summary>
internal sealed record Pool(string Name, int Places);

/// <summary>Jobs of one kind, which arrive independently of each other (Poisson).</summary>
/// <param name="Rate">Jobs a second.</param>
/// <param name="Visits">In order.</param>
internal sealed record JobClass(string Name, double Rate, IReadOnlyList<Visit> Visits);

/// <summary>An open network of queues.</summary>
internal sealed record Network(IReadOnlyList<Station> Stations, IReadOnlyList<Pool> Pools, IReadOnlyList<JobClass> Classes);

/// <summary>A time in seconds: its mean and 99th percentile.</summary>
internal sealed record Response(double Mean, double P99);

/// <param name="Utilisation">Share of its servers that are busy; 1 and more where more arrives than it can do.</param>
/// <param name="JobsPerSecond">Visits a second.</param>
/// <param name="Busy">Mean number of jobs there, by Little's law; null where it is not stable.</param>
/// <param name="Response">Of a visit, waiting included, over all classes; null where it is not stable or nobody comes.</param>
internal sealed record StationResult(string Name, double Utilisation, double JobsPerSecond, double? Busy, Response? Response);

/// <param name="Response">From arrival to the end of the last visit; null where a station on the way is not stable.</param>
/// <param name="Steps">Of each visit, places of pools included; null likewise.</param>
/// <param name="Totals">From arrival to the end of each visit; null likewise.</param>
internal sealed record ClassResult(string Name, Response? Response, IReadOnlyList<Response?> Steps, IReadOnlyList<Response?> Totals);

internal sealed record NetworkResult(IReadOnlyList<StationResult> Stations, IReadOnlyList<StationResult> Pools, IReadOnlyList<ClassResult> Classes);
