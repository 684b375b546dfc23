using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// A transaction whose answer was lost: before anything else is changed it is found out whether it counts. Until then the state is
/// the one before it, and all files of both stay.
/// </summary>
internal sealed partial class SegmentStore
{
    private Unsettled? _unsettled;

    /// <summary>
    /// Finds out whether the last transaction counts, where that is not known, and the way to a catalog that was away. Throws while it cannot:
    /// nothing need be prepared then that could not count.
    /// </summary>
    public void RequireCatalog()
    {
        if (Volatile.Read(ref _unsettled) is not null || _catalog.IsAway)
        {
            lock (_catalog.Gate)
            {
                Settle();
                _catalog.Settle();
            }
        }
    }

    /// <summary>In the gate. True where there was such a transaction and it counts: the state is another.</summary>
    private bool Settle()
    {
        if (_unsettled is not { } change)
        {
            return false;
        }

        var counts = _catalog.Settle();
        _unsettled = null;
        var (stays, goes) = counts ? (change.Next, _state) : (_state, change.Next);
        Volatile.Write(ref _state, stays);
        Drop(goes, stays);
        ClearProblem();
        LogSettled(_logger, counts);
        return counts;
    }

    /// <summary>Lets go of the files of one state that another has not.</summary>
    private void Drop(StoreState goes, StoreState stays)
    {
        var staying = Files(stays).ToHashSet();
        foreach (var file in Files(goes))
        {
            if (!staying.Contains(file))
            {
                file.Release();
            }
        }

        _retired.AddRange(goes.Seen.Except(stays.Seen));

        static IEnumerable<SharedFile> Files(StoreState state) => state.Projects.Values
            .SelectMany(static p => p.Segments.Select(static s => s.File).Concat(p.Others)).Concat(state.Seen.Select(static f => f.File));
    }

    /// <summary>Whether this batch counts already: its answer was lost, and it is committed once more.</summary>
    private bool SettleBatch(StoreBatch batch)
    {
        if (Volatile.Read(ref _unsettled) is null)
        {
            return false;
        }

        lock (_catalog.Gate)
        {
            var own = _unsettled?.Batch == batch.Number;
            return Settle() && own;
        }
    }

    /// <param name="Next">The state if it counts.</param>
    /// <param name="Batch">The number of the batch that it commits; 0 for none.</param>
    private sealed record Unsettled(StoreState Next, long Batch);
}
