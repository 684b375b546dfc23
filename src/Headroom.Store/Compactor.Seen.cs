using Headroom.Core;

namespace Headroom.Store;

/// <summary>
/// Drops seen uuids that are older than the window, and merges the others in slices, between which the other merges have their turn: a merge of many
/// millions takes long, and queries slow down with every segment that is not merged meanwhile. While both have work each has half of the time. A merge of
/// fewer uuids goes before one that is under way, as a batch looks for a duplicate in every file.
/// </summary>
internal sealed partial class Compactor
{
    /// <summary>Seen files are probed one after the other, and are cheap to merge: a lower fan-in than segments.</summary>
    private const int SeenFanIn = 4;

    private const long MaxSeenKeys = 256L * 1024 * 1024;

    /// <summary>Of work, after which the other merges have their turn.</summary>
    private static readonly TimeSpan LongestSeenTurn = TimeSpan.FromSeconds(2);

    /// <summary>Merges under way, each of a lower level than the one below it. No file is in two.</summary>
    private readonly Stack<SeenMerge> _seenMerges = [];

    /// <summary>What is left of their turn.</summary>
    private TimeSpan _seenTurn;
    private bool _seenFirst = true;

    /// <summary>Uuids of a slice. More wait less for each other, and let the other merges wait for longer: a tenth of a second here, on busy processors half of one.</summary>
    public long SeenSliceKeys { get; init; } = 2 * 1024 * 1024;

    private long Window => (long)_options.DuplicateWindow.TotalMicroseconds;

    /// <summary>Slices come first after other work, for as long as that took.</summary>
    private void GiveSeenATurn(TimeSpan took) => (_seenFirst, _seenTurn) = (true, took < LongestSeenTurn ? took : LongestSeenTurn);

    /// <summary>Does one piece of work; false when there is none.</summary>
    /// <param name="most">How long it may wait for a merged file to be durable; nothing else is to be done then.</param>
    private bool MergeSeen(StoreState state, TimeSpan most, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        if (!DropSeen(state) && !GoOnWithSeen(state, most, cancellationToken))
        {
            return false;
        }

        _seenTurn -= _time.GetElapsedTime(started);
        _seenFirst = _seenTurn > TimeSpan.Zero;
        return true;
    }

    private bool DropSeen(StoreState state)
    {
        if (state.Seen.IsEmpty)
        {
            return false;
        }

        // The clock is that of arrivals: after a long stop, what the log still holds finds its window.
        var newest = Math.Min(UnixMicros.From(_time.GetUtcNow()), state.Seen.Max(static f => f.MaxReceived));
        var old = state.Seen.Where(f => f.MaxReceived < newest - Window && !IsRead(f)).ToList();
        if (old.Count == 0)
        {
            return false;
        }

        SwapSeen(old, null);
        return true;
    }

    private bool GoOnWithSeen(StoreState state, TimeSpan most, CancellationToken cancellationToken)
    {
        BeginSeen(state);
        if (!_seenMerges.TryPeek(out var merge))
        {
            return false;
        }

        try
        {
            var waited = merge.IsWritten;
            if (!waited && !merge.WriteSlice(cancellationToken))
            {
                return true;
            }

            if (!merge.IsDurable(waited ? most : Interval, cancellationToken))
            {
                return !waited || most > TimeSpan.Zero;
            }
        }
        catch
        {
            _seenMerges.Pop().Abandon();
            throw;
        }

        _seenMerges.Pop();
        SwapSeen(merge.Inputs, merge.Made);
        return true;
    }

    /// <summary>Begins the merge of the lowest level that has enough files, where it is below those that are under way.</summary>
    private void BeginSeen(StoreState state)
    {
        var below = _seenMerges.TryPeek(out var open) ? open.Inputs[0].Level : int.MaxValue;
        foreach (var level in state.Seen.Where(f => f.Level < below).GroupBy(static f => f.Level).OrderBy(static g => g.Key))
        {
            // A file is dropped as a whole, so one that spans too much of the window would be kept too long.
            var inputs = level.Where(f => f.Keys < MaxSeenKeys / SeenFanIn && f.MaxReceived - f.MinReceived < Window / 8)
                .OrderBy(static f => f.Id).Take(SeenFanIn).ToList();
            if (inputs.Count == SeenFanIn)
            {
                _seenMerges.Push(new SeenMerge(_store, inputs, SeenSliceKeys));
                return;
            }
        }
    }

    /// <summary>Whether a merge under way reads the file. It must not be retired.</summary>
    private bool IsRead(SeenFile file) => _seenMerges.Any(merge => merge.Inputs.Contains(file));

    private void SwapSeen(List<SeenFile> old, NewFile? merged)
    {
        var level = old[0].Level + 1;
        var file = merged is null ? null : SeenFile.Open(merged.Id, level, merged.Path, _store.Files);
        _store.Change(
            catalog =>
            {
                foreach (var input in old)
                {
                    catalog.RemoveSeen(input.Id);
                }

                if (merged is not null)
                {
                    catalog.AddSeen(level, merged);
                }
            },
            current =>
            {
                // Newest arrivals first.
                var files = current.Seen.RemoveRange(old);
                files = file is null ? files : files.Add(file);
                return current with { Seen = files.Sort(static (a, b) => b.MaxReceived.CompareTo(a.MaxReceived)) };
            });
        _store.Retire(old);
    }

    private void AbandonSeen()
    {
        while (_seenMerges.TryPop(out var merge))
        {
            merge.Abandon();
        }
    }

    /// <summary>A merge under way. Its file is written slice by slice; then a thread of its own makes it durable, which is an upload where files are objects.</summary>
    private sealed class SeenMerge
    {
        private readonly SegmentStore _store;
        private readonly long _id;
        private readonly string _path;
        private readonly IEnumerator<long> _slices;
        private Task<SealedFile>? _durable;

        public SeenMerge(SegmentStore store, List<SeenFile> inputs, long sliceKeys)
        {
            (_store, Inputs, _id) = (store, inputs, store.NextFileId());
            _path = Catalog.SeenPath(store.Files, _id);
            store.Files.Probe(StoreStep.FileWriting, _path);
            _slices = SeenFileWriter.Merge(Temporary, inputs, sliceKeys).GetEnumerator();
        }

        public List<SeenFile> Inputs { get; }

        public bool IsWritten => _durable is not null;

        /// <summary>Once it is durable.</summary>
        public NewFile Made
        {
            get
            {
                var file = _durable!.GetAwaiter().GetResult();
                return new NewFile(_id, Inputs.Sum(static f => f.Keys), file.Bytes, file.Checksum, Inputs.Max(static f => f.MaxReceived), _path);
            }
        }

        private string Temporary => _path + StoreFiles.TemporarySuffix;

        /// <summary>True after the last, when it begins to be made durable.</summary>
        public bool WriteSlice(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_slices.MoveNext())
            {
                return false;
            }

            _store.Files.Probe(StoreStep.FileWritten, _path);
            _durable = Task.Factory.StartNew(() => Keep(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return true;
        }

        /// <exception cref="IOException">It could not be made durable.</exception>
        public bool IsDurable(TimeSpan most, CancellationToken cancellationToken)
        {
            if (Task.WaitAny([_durable!], (int)most.TotalMilliseconds, cancellationToken) < 0)
            {
                return false;
            }

            _durable!.GetAwaiter().GetResult();
            return true;
        }

        /// <summary>Leaves no file.</summary>
        public void Abandon()
        {
            _slices.Dispose();
            if (_durable is not null)
            {
                Task.WaitAny(_durable);
                _ = _durable.Exception;
            }

            StoreFiles.DeleteQuietly(Temporary);
            _store.Files.Delete(_path);
        }

        private SealedFile Keep(CancellationToken cancellationToken)
        {
            LowerPriority();
            var file = StoreFiles.Read(Temporary, _path);
            _store.Files.Put([file], cancellationToken);
            return file;
        }
    }
}
