namespace Headroom.Core;

public enum QueryState
{
    Queued,
    Running,
}

/// <summary>What has to be read, known before it is. Of several statements the sum of their rows and bytes, and the columns of the one with most.</summary>
/// <param name="Rows">Rows to scan.</param>
/// <param name="Columns">Columns to read of each.</param>
/// <param name="Bytes">An estimate: the columns' share of the files.</param>
public readonly record struct QueryEstimate(long Rows, int Columns, long Bytes)
{
    public QueryEstimate With(QueryEstimate other) => new(Rows + other.Rows, Math.Max(Columns, other.Columns), Bytes + other.Bytes);
}

/// <param name="Place">In the queue, from 1; 0 for a statement that runs.</param>
/// <param name="Estimate">Of the statement.</param>
public readonly record struct QueryProgress(QueryState State, int Place, QueryEstimate Estimate);

/// <summary>
/// What one question does in the event store. The store itself tells it of every read, whoever asked for that read, so
/// that no kind of question can forget to say what its answer depends on. It flows with the calls of the asker.
/// </summary>
public sealed class QueryWatch
{
    private static readonly AsyncLocal<QueryWatch?> Ambient = new();
    private readonly Lock _gate = new();
    private readonly Action<QueryProgress>? _progress;

    private QueryWatch(Action<QueryProgress>? progress) => _progress = progress;

    /// <summary>The watch of the question that is being answered here, or null.</summary>
    public static QueryWatch? Current => Ambient.Value;

    /// <summary>The oldest version that any read saw; long.MaxValue while there was none.</summary>
    public long Version { get; private set; } = long.MaxValue;

    /// <summary>Events in [From, To) were read.</summary>
    public long From { get; private set; } = long.MaxValue;

    public long To { get; private set; } = long.MinValue;

    /// <summary>Merges of persons were applied.</summary>
    public bool ReadsMerges { get; private set; }

    /// <summary>Identities or properties of persons were read.</summary>
    public bool ReadsPersons { get; private set; }

    /// <summary>Reads of events. With none, what the answer depends on is unknown.</summary>
    public int Reads { get; private set; }

    /// <summary>Over all statements.</summary>
    public QueryEstimate Estimate { get; private set; }

    /// <summary>Time in the queue, over all statements.</summary>
    public TimeSpan Queued { get; private set; }

    /// <summary>Watches what the caller, and all that it calls from now on, asks of the store. For use in an async method, with which it ends.</summary>
    /// <param name="progress">Called by the store under its locks, in order; must not block.</param>
    public static QueryWatch Begin(Action<QueryProgress>? progress)
    {
        var watch = new QueryWatch(progress);
        Ambient.Value = watch;
        return watch;
    }

    /// <summary>For a store: what was asked reads a snapshot of this version.</summary>
    public void Saw(long version)
    {
        lock (_gate)
        {
            Version = Math.Min(Version, version);
        }
    }

    /// <summary>For a store: what was asked depends on a person.</summary>
    public void SawPersons(long version)
    {
        lock (_gate)
        {
            Version = Math.Min(Version, version);
            ReadsPersons = true;
        }
    }

    /// <summary>For a store: a statement reads the events of its range as of this version.</summary>
    public void Read(StoreQuery query, long version)
    {
        var (merges, persons) = Relations(query.Sql);
        foreach (var set in query.Sets)
        {
            var (alsoMerges, alsoPersons) = Relations(set.Query.Sql);
            (merges, persons) = (merges || alsoMerges, persons || alsoPersons);
        }

        lock (_gate)
        {
            Reads++;
            Version = Math.Min(Version, version);
            if (query.From < query.To)
            {
                From = Math.Min(From, query.From);
                To = Math.Max(To, query.To);
            }

            ReadsMerges |= merges;
            ReadsPersons |= persons;
        }
    }

    /// <summary>For a store: a statement's cost, known before it waits.</summary>
    public void Estimated(QueryEstimate estimate)
    {
        lock (_gate)
        {
            Estimate = Estimate.With(estimate);
        }
    }

    /// <summary>For a store: a statement waits.</summary>
    public void Waits(int place, QueryEstimate estimate) => _progress?.Invoke(new QueryProgress(QueryState.Queued, place, estimate));

    /// <summary>For a store: a statement begins.</summary>
    public void Begins(QueryEstimate estimate, TimeSpan queued)
    {
        lock (_gate)
        {
            Queued += queued;
        }

        _progress?.Invoke(new QueryProgress(QueryState.Running, 0, estimate));
    }

    /// <summary>Relations beside events and merges are of persons.</summary>
    private static (bool Merges, bool Persons) Relations(ReadOnlySpan<char> sql)
    {
        var (merges, persons) = (false, false);
        while (sql.IndexOf('{') is var brace && brace >= 0)
        {
            sql = sql[(brace + 1)..];
            if (sql.StartsWith("overrides}", StringComparison.Ordinal) || sql.StartsWith("person_key}", StringComparison.Ordinal))
            {
                merges = true;
            }
            else if (!OfEvents(sql))
            {
                persons = true;
            }
        }

        return (merges, persons);
    }

    private static bool OfEvents(ReadOnlySpan<char> place) =>
        place.StartsWith("events}", StringComparison.Ordinal) || place.StartsWith("named_events:", StringComparison.Ordinal) ||
        place.StartsWith("text_code}", StringComparison.Ordinal) || place.StartsWith("in_set}", StringComparison.Ordinal) || place.StartsWith("bucket}", StringComparison.Ordinal);
}
