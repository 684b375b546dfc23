// A move, in order:
//
//   1. Files are copied while the old server runs, again and again until what is new is little.
//   2. The cut: catalog and control data are copied as of one moment, and compared; the place in the log that the catalog has
//      then is what the new store goes on from. The old server goes on too: whatever it merges or stores behind the cut is its own.
//   3. The new server starts on a port of its own. The old one forwards its log to it from the cut on (where both have one
//      topic, the new one reads that). It catches up.
//   4. Changes of control data wait, and the control data is copied once more. The old Writer stops at a place, nothing behind
//      it is forwarded, and when the new store has everything before it both must say the same.
//   5. Requests wait for a moment: what the old log has by then is forwarded, the place is written down (moved.json, by the old
//      server), and from then on it passes everything on to the new one.
//   6. The new server takes the listening sockets over, the old one accepts nothing more and ends.
//
// Until moved.json is there nothing has happened: whatever was stopped is begun again from 1, and finds its files copied. From
// then on everything is ended and nothing undone. A rollback is 3 to 6 the other way round, from the place in the new log that
// its own events begin at.

using System.Diagnostics;
using System.Globalization;
using Headroom.App.Moving;
using Headroom.App.Shared.Control;
using Headroom.Core;
using Headroom.Store.Backups;
using Headroom.Store.Moving;

namespace Headroom.Cli.Moving;

/// <summary>Moves what one server has to another one with other engines, and back.</summary>
/// <param name="old">The settings and directory that the move is from.</param>
/// <param name="next">Those that it is to.</param>
/// <param name="arguments">Settings as --Section:Key=value that the old server was started with.</param>
/// <param name="overlay">The settings of the new one that are other ones.</param>
/// <param name="tell">Told what happens, a line each.</param>
internal sealed class Mover(
    MoveSide old, MoveSide next, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> overlay, TimeProvider time, Action<string> tell)
{
    private const long FewBytes = 64 << 20;
    private const int MostRounds = 6;
    private const int MostCuts = 10;
    private const int MostComparisons = 5;
    private static readonly string[] s_kept = ["alerts.json", "demo.json", "calibration.json"];
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestRemoval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestCatchUp = TimeSpan.FromSeconds(60);
    private readonly bool _sharesLog = old.SharesLog(next);
    private readonly bool _sharesControl = old.SharesControl(next);

    public IReadOnlyList<string> Parts => [_sharesLog ? "log stays" : "log", "catalog", "segments", _sharesControl ? "control data stays" : "control data"];

    /// <summary>Makes the move, or goes on with it.</summary>
    public async Task<MoveJournal> MoveAsync(MoveJournal journal, CancellationToken cancellationToken)
    {
        if (MoveMarks.FindMoved(old.DataDirectory) is { } mark)
        {
            return await FinishAsync(journal, mark, cancellationToken);
        }

        await using var source = await MoveClient.FindAsync(old.DataDirectory, cancellationToken) ?? throw NoServer(old.DataDirectory);
        await ServerStart.StopAsync(next.DataDirectory, journal.Process, cancellationToken);
        journal = Save(journal with { Phase = MovePhase.Copying, Process = 0 });
        await PrepareAsync(cancellationToken);
        var files = new MovedFiles(old.DataDirectory, old.Objects, next.DataDirectory, next.Objects);
        journal = await CopyFilesAsync(journal, files, cancellationToken);

        await source.AskAsync("begin", cancellationToken);
        await RemovalsDoneAsync(old, cancellationToken);
        journal = Save(journal with { Phase = MovePhase.CatchingUp });
        (journal, var cut) = await CutAsync(journal, files, cancellationToken);
        var status = await source.AskAsync("status", cancellationToken);
        var (process, address) = ServerStart.Start(
            next.DataDirectory, status.Urls, [.. arguments.Where(a => !overlay.ContainsKey(Variable(a[2..].Split('=', 2)[0])))], overlay, isEmpty: !_sharesLog, returns: false);
        journal = Save(journal with { Process = process });
        await using var target = await ServerStart.ReadyAsync(next.DataDirectory, process, address, cancellationToken);
        tell("The new server has started, and takes in what came since the copy was made.");
        if (!_sharesLog)
        {
            await source.AskAsync(new MoveRequest("forward", cut.ToString(), Socket: SocketOf(next)), cancellationToken);
        }

        return await HandOverAsync(journal, source, target, address, old, next, cancellationToken);
    }

    /// <summary>Brings the old server back, with what came since; or, where nothing was switched, lets the new one be.</summary>
    public async Task RollBackAsync(MoveJournal journal, CancellationToken cancellationToken)
    {
        if (MoveMarks.FindMoved(old.DataDirectory) is not { } mark)
        {
            await ServerStart.StopAsync(next.DataDirectory, journal.Process, cancellationToken);
            MoveJournal.Clear(old.DataDirectory);
            tell($"Nothing was switched, and the server on {old.DataDirectory} goes on as before.");
            return;
        }

        if (MoveMarks.FindMoved(next.DataDirectory) is null)
        {
            await using var source = await MoveClient.FindAsync(next.DataDirectory, cancellationToken) ?? throw NoServer(next.DataDirectory);
            var status = await source.AskAsync("status", cancellationToken);
            await ServerStart.StopAsync(old.DataDirectory, journal.Phase == MovePhase.Returning ? journal.Process : 0, cancellationToken);
            await source.AskAsync("begin", cancellationToken);
            await RemovalsDoneAsync(next, cancellationToken);
            if (!_sharesControl)
            {
                await CopyControlAsync(next, old, returns: true, cancellationToken);
            }

            var (process, address) = ServerStart.Start(old.DataDirectory, status.Urls, arguments, new Dictionary<string, string>(), isEmpty: false, returns: true);
            journal = Save(journal with { Phase = MovePhase.Returning, Process = process });
            await using var target = await ServerStart.ReadyAsync(old.DataDirectory, process, address, cancellationToken);
            tell("The old server has started, and takes in what came since the switch.");
            if (!_sharesLog)
            {
                await source.AskAsync(new MoveRequest("forward", mark.Target, Socket: SocketOf(old)), cancellationToken);
            }

            await HandOverAsync(journal, source, target, address, next, old, cancellationToken);
        }
        else
        {
            await AddressesAsync(next, old, cancellationToken);
        }

        MoveMarks.ClearMoved(old.DataDirectory);
        MoveJournal.Clear(old.DataDirectory);
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        next.Catalog.Prepare();
        if (!_sharesControl)
        {
            await next.PrepareControlAsync(cancellationToken);
        }
    }

    private async Task<MoveJournal> CopyFilesAsync(MoveJournal journal, MovedFiles files, CancellationToken cancellationToken)
    {
        for (var round = 1; round <= MostRounds; round++)
        {
            IReadOnlyList<CatalogFile> named;
            await using (var catalog = await old.Catalog.OpenAsync(cancellationToken))
            {
                named = await MovedCatalog.FilesAsync(catalog, cancellationToken);
            }

            var missing = files.Missing(named);
            var bytes = missing.Sum(static f => f.Bytes);
            if (round > 1 && bytes < FewBytes)
            {
                break;
            }

            journal = await CopyFilesAsync(journal, files, missing, cancellationToken);
        }

        return journal;
    }

    private async Task<MoveJournal> CopyFilesAsync(MoveJournal journal, MovedFiles files, IReadOnlyList<CatalogFile> missing, CancellationToken cancellationToken)
    {
        var expected = missing.Sum(static f => f.Bytes);
        journal = Save(journal with { ExpectedBytes = expected });
        long bytes = 0, copiedFiles = 0, copiedBytes = 0;
        var copying = files.CopyAsync(
            missing,
            (size, isNew) =>
            {
                Interlocked.Add(ref bytes, size);
                Interlocked.Add(ref copiedBytes, isNew ? size : 0);
                Interlocked.Add(ref copiedFiles, isNew ? 1 : 0);
            },
            cancellationToken);
        while (await Task.WhenAny(copying, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None)) != copying)
        {
            tell(string.Create(CultureInfo.InvariantCulture, $"Copying files: {Volatile.Read(ref bytes) / 1e6:N0} of {expected / 1e6:N0} MB"));
        }

        await copying;
        return Save(journal with { CopiedFiles = journal.CopiedFiles + copiedFiles, CopiedBytes = journal.CopiedBytes + copiedBytes });
    }

    /// <summary>Copies everything as of one moment. Returns the place in the log that belongs to it.</summary>
    private async Task<(MoveJournal Journal, LogPosition Cut)> CutAsync(MoveJournal journal, MovedFiles files, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MostCuts; attempt++)
        {
            if (!_sharesControl)
            {
                await CopyControlAsync(old, next, returns: false, cancellationToken);
            }

            await using var from = await old.Catalog.OpenAsync(cancellationToken);
            await from.BeginReadAsync(cancellationToken);
            var named = await MovedCatalog.FilesAsync(from, cancellationToken);
            if (!await files.CopyAsync(named, static (_, _) => { }, cancellationToken))
            {
                tell("Files were merged while they were copied; the copy is taken again.");
                continue;
            }

            var cut = await MovedCatalog.CommittedAsync(from, old.LogName, cancellationToken);
            await using var to = await next.Catalog.OpenAsync(cancellationToken);
            await to.BeginWriteAsync(null, cancellationToken);
            var tables = await MovedCatalog.CopyAsync(from, to, withPlaces: _sharesLog, null, cancellationToken);
            await to.CommitAsync(cancellationToken);
            files.Clean();
            foreach (var name in s_kept.Where(name => File.Exists(Path.Combine(old.DataDirectory, name))))
            {
                File.Copy(Path.Combine(old.DataDirectory, name), Path.Combine(next.DataDirectory, name), overwrite: true);
            }

            var rows = tables.Sum(static t => t.Rows);
            tell(string.Create(CultureInfo.InvariantCulture, $"Copied {named.Count:N0} files and {rows:N0} rows of the catalog as of offset {cut}; all counts and sums are the same."));
            return (Save(journal with { CopiedRows = rows, CutAt = time.GetUtcNow(), CutOffset = cut.ToString() }), cut);
        }

        throw new CommandFailedException($"Files that the catalog names were missing each of {MostCuts} times. Try again when fewer events come; if none come, see what /health/ready says of the store.");
    }

    private static async Task CopyControlAsync(MoveSide from, MoveSide to, bool returns, CancellationToken cancellationToken)
    {
        var tables = MovedControl.Tables;
        await using var source = await from.OpenControlAsync(cancellationToken);
        await source.BeginReadAsync(cancellationToken);
        await using var target = await to.OpenControlAsync(cancellationToken);
        await target.BeginWriteAsync(to.ControlLock, cancellationToken);
        var done = (await target.AskAsync($"SELECT id FROM {MovedControl.Removals} WHERE state = 'done'", cancellationToken)).Select(static row => (string)row[0]!).ToHashSet();
        var read = await TableCopy.CopyAsync(source, target, tables, null, cancellationToken);
        if (TableCopy.Difference(read, await TableCopy.SumAsync(target, tables, cancellationToken)) is { } difference)
        {
            throw new CommandFailedException($"The control data was not copied as it is: {difference}. Nothing was switched.");
        }

        // A place in one log says nothing of another: the store looks for everything that has come by then.
        await target.ExecuteAsync($"UPDATE {MovedControl.Removals} SET log_offset = -1 WHERE log_cleared_at IS NULL", cancellationToken);
        if (returns)
        {
            // What only the new store has done the old one has yet to do.
            foreach (var row in await target.AskAsync($"SELECT id FROM {MovedControl.Removals} WHERE state = 'done'", cancellationToken))
            {
                if (!done.Contains((string)row[0]!))
                {
                    await target.ExecuteAsync(
                        $"UPDATE {MovedControl.Removals} SET state = 'waiting', completed_at = NULL, log_cleared_at = NULL WHERE upper(CAST(id AS text)) = @p0", cancellationToken, row[0]!);
                }
            }
        }

        await target.CommitAsync(cancellationToken);
    }

    private async Task RemovalsDoneAsync(MoveSide side, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var control = await side.OpenControlAsync(cancellationToken);
        while ((long)(await control.AskAsync($"SELECT count(*) FROM {MovedControl.Removals} WHERE state <> 'done'", cancellationToken))[0][0]! is var open and > 0)
        {
            if (Stopwatch.GetElapsedTime(started) > LongestRemoval)
            {
                throw new CommandFailedException($"{open} removals of persons have not ended for {LongestRemoval.TotalMinutes:0} minutes. See Settings, Data in the app; move again when they are done.");
            }

            tell($"Waiting for {open} removals of persons to end.");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }

    private async Task<MoveJournal> HandOverAsync(
        MoveJournal journal, MoveClient source, MoveClient target, Uri address, MoveSide from, MoveSide to, CancellationToken cancellationToken)
    {
        var returns = ReferenceEquals(from, next);
        await CatchUpAsync(source, target, cancellationToken);
        journal = Save(journal with { Phase = returns ? MovePhase.Returning : MovePhase.Comparing });
        var compared = await CompareAsync(source, target, from, to, returns, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await source.AskAsync("hold-all", cancellationToken);
        await source.AskAsync("forward-all", cancellationToken);
        var end = await SettledAsync(source, cancellationToken);
        if (!_sharesLog)
        {
            await ForwardedAsync(source, end, cancellationToken);
        }

        var status = await target.AskAsync("status", cancellationToken);
        var mark = new MovedMark(to.DataDirectory, time.GetUtcNow(), end.ToString(), status.End);
        var passed = await source.AskAsync(new MoveRequest("switch", Url: address.ToString(), Mark: mark), cancellationToken);
        var held = Stopwatch.GetElapsedTime(started);
        if (passed.Gate != "passing")
        {
            throw new CommandFailedException("The server did not switch; it goes on as before.");
        }

        journal = Save(journal with
        {
            Phase = returns ? MovePhase.Returning : MovePhase.Switching,
            SwitchOffset = mark.Offset,
            SwitchedAt = mark.At,
            HeldMilliseconds = (long)held.TotalMilliseconds,
            ComparedMilliseconds = (long)compared.TotalMilliseconds,
        });
        tell(string.Create(CultureInfo.InvariantCulture, $"Switched at offset {mark.Offset}: requests waited for {held.TotalMilliseconds:N0} ms, changes and new events in queries for {(compared + held).TotalMilliseconds:N0} ms."));
        await source.AskAsync("resume", cancellationToken);
        await AddressesAsync(from, to, cancellationToken);
        return returns ? journal : Save(journal with { Phase = MovePhase.Moved });
    }

    /// <summary>Ends a move that was switched and not ended.</summary>
    private async Task<MoveJournal> FinishAsync(MoveJournal journal, MovedMark mark, CancellationToken cancellationToken)
    {
        if (journal.Phase is MovePhase.Moved or MovePhase.Confirmed)
        {
            return journal;
        }

        await AddressesAsync(old, next, cancellationToken);
        return Save(journal with { Phase = MovePhase.Moved, SwitchOffset = mark.Offset, SwitchedAt = mark.At });
    }

    /// <summary>Gives the addresses of one server to the other and ends the first, as far as that is still to be done.</summary>
    private async Task AddressesAsync(MoveSide from, MoveSide to, CancellationToken cancellationToken)
    {
        if (await MoveClient.FindAsync(from.DataDirectory, cancellationToken) is not { } source)
        {
            return;
        }

        await using (source)
        {
            await using var target = await MoveClient.FindAsync(to.DataDirectory, cancellationToken) ?? throw NoServer(to.DataDirectory);
            await target.AskAsync(new MoveRequest("take", Socket: SocketOf(from)), cancellationToken);
            await source.AskAsync("leave", cancellationToken);
        }

        var started = Stopwatch.GetTimestamp();
        while (await MoveClient.FindAsync(from.DataDirectory, cancellationToken) is { } still)
        {
            await still.DisposeAsync();
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(2))
            {
                throw new CommandFailedException($"The server on {from.DataDirectory} does not end. It passes its requests on, so nothing is lost; end it with SIGTERM, and run this again.");
            }

            await Task.Delay(Look, cancellationToken);
        }

        tell($"The server on {to.DataDirectory} has the addresses, and the one on {from.DataDirectory} has ended.");
    }

    /// <summary>Until what is missing in the new store is what a moment brings.</summary>
    private async Task CatchUpAsync(MoveClient source, MoveClient target, CancellationToken cancellationToken)
    {
        while (true)
        {
            var started = Stopwatch.GetTimestamp();
            var end = Position((await source.AskAsync("status", cancellationToken)).End);
            var told = started;
            await ReachAsync(source, target, end, cancellationToken, () =>
            {
                if (Stopwatch.GetElapsedTime(told) > TimeSpan.FromSeconds(2))
                {
                    told = Stopwatch.GetTimestamp();
                    tell("Catching up.");
                }
            });
            if (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2))
            {
                return;
            }
        }
    }

    /// <summary>Waits until the target's store has everything before a place of the source's log.</summary>
    private async Task ReachAsync(MoveClient source, MoveClient target, LogPosition end, CancellationToken cancellationToken, Action? look = null)
    {
        if (!_sharesLog)
        {
            await ForwardedAsync(source, end, cancellationToken, look);
            end = await SettledAsync(target, cancellationToken);
        }

        var (stored, since) = (default(LogPosition), Stopwatch.GetTimestamp());
        while (true)
        {
            var now = Position((await target.AskAsync("status", cancellationToken)).Committed);
            if (now.Reaches(end))
            {
                return;
            }

            if (now != stored)
            {
                (stored, since) = (now, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) > LongestCatchUp)
            {
                throw new CommandFailedException("The new server stores nothing any more; see its /health/ready. Nothing was switched; run the move again when it does.");
            }

            look?.Invoke();
            await Task.Delay(Look, cancellationToken);
        }
    }

    private static async Task ForwardedAsync(MoveClient source, LogPosition end, CancellationToken cancellationToken, Action? look = null)
    {
        while (true)
        {
            var status = await source.AskAsync("status", cancellationToken);
            if (status.Forwarding is { } problem || status.Forwarded is null)
            {
                throw new CommandFailedException($"The log is not forwarded any more: {status.Forwarding ?? "it was let go"} Nothing was switched; run the move again.");
            }

            if (Position(status.Forwarded).Reaches(end))
            {
                return;
            }

            look?.Invoke();
            await Task.Delay(Look, cancellationToken);
        }
    }

    /// <summary>The end of a log when everything acknowledged is before it.</summary>
    private static async Task<LogPosition> SettledAsync(MoveClient server, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var status = await server.AskAsync("status", cancellationToken);
            if (status.IsSettled)
            {
                return Position(status.End);
            }

            if (Stopwatch.GetElapsedTime(started) > LongestCatchUp)
            {
                throw new CommandFailedException("Kafka does not take what waits in the spill; see /health/ready. Nothing was switched; move again when it does.");
            }

            await Task.Delay(Look, cancellationToken);
        }
    }

    /// <summary>Ends when both say the same, and leaves the source's Writer and changes waiting.</summary>
    private async Task<TimeSpan> CompareAsync(MoveClient source, MoveClient target, MoveSide from, MoveSide to, bool returns, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var started = Stopwatch.GetTimestamp();
            await source.AskAsync("hold-changes", cancellationToken);
            if (!_sharesControl)
            {
                await CopyControlAsync(from, to, returns, cancellationToken);
                await target.AskAsync("refresh", cancellationToken);
            }

            var at = await source.AskAsync("pause", cancellationToken);
            await (_sharesLog ? MeetAsync(source, target, at, cancellationToken) : ReachAsync(source, target, Position(at.Committed), cancellationToken));
            var question = new MoveRequest("sample", Until: time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            var (one, other) = (Lines(await source.AskAsync(question, cancellationToken), returns), Lines(await target.AskAsync(question, cancellationToken), returns));
            if (_sharesLog)
            {
                await target.AskAsync("resume", cancellationToken);
            }

            if (one.SequenceEqual(other))
            {
                tell($"Compared: {one.Count} counts and answers are the same on both sides.");
                return Stopwatch.GetElapsedTime(started);
            }

            var difference = one.Append("no more").Zip(other.Append("no more")).First(static pair => pair.First != pair.Second);
            await source.AskAsync("resume", cancellationToken);
            await source.AskAsync("release", cancellationToken);
            if (attempt == MostComparisons)
            {
                throw new CommandFailedException(
                    $"The two are not the same, and nothing was switched. Here: {difference.First}; there: {difference.Second}. Running the move again takes a new copy; headroom move rollback gives it up.");
            }

            tell($"Not the same yet (here: {difference.First}; there: {difference.Second}).");
            await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
        }
    }

    /// <summary>What must be the same. What the old server still forwarded after the switch, such as measures of its own, it gets back, and knows.</summary>
    private static List<string> Lines(MoveReply reply, bool returns) =>
        [.. reply.Sample!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !returns || !line.StartsWith("received", StringComparison.Ordinal))];

    /// <summary>Stops both Writers at one place of the log that they share.</summary>
    private static async Task MeetAsync(MoveClient source, MoveClient target, MoveReply at, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var there = await target.AskAsync(new MoveRequest("pause", at.Committed), cancellationToken);
            if (there.Committed == at.Committed)
            {
                return;
            }

            at = await source.AskAsync(new MoveRequest("pause", there.Committed), cancellationToken);
            if (there.Committed == at.Committed)
            {
                return;
            }
        }

        throw new CommandFailedException("The two servers could not be stopped at one place of the topic. Nothing was switched; move again when fewer events come.");
    }

    private MoveJournal Save(MoveJournal journal)
    {
        journal.Write(old.DataDirectory);
        return journal;
    }

    /// <summary>A setting's name in the environment.</summary>
    public static string Variable(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    private static string SocketOf(MoveSide side) => Path.Combine(side.DataDirectory, MoveMarks.SocketName);

    private static LogPosition Position(string text) => LogPosition.TryParse(text, out var position) ? position : default;

    private static CommandFailedException NoServer(string directory) =>
        new($"No server that could be moved runs on {directory}. Start it (a move needs Linux, all roles in one process, and a data directory whose path is short enough for the socket {MoveMarks.SocketName} in it).");
}
