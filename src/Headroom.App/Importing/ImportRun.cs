// One task reads and converts while another has the batch before it decoded and put on disk: two batches, so that memory is bounded
// whatever the file's size. What ends an import early leaves the batches before it in the log; the same file sent again makes the
// same uuids, so that it counts nothing twice.

using System.Globalization;
using System.IO.Pipelines;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Importing;

/// <summary>What imports need of their surroundings.</summary>
internal sealed record ImportPorts(IEventIntake Intake, IEventLog Log, IEventStore Store, WaitingEvents Waiting, TimeProvider Time, ImportingOptions Options, ILogger Logger);

/// <summary>One import from its beginning, and then its counts. Runs once; may be looked at, and cancelled, at any time.</summary>
internal sealed class ImportRun : IRowSink, IDisposable
{
    private const int MostRefusals = 100;
    private const int Attempts = 10;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestStandstill = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestStoring = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(20);
    private readonly ImportPorts _ports;
    private readonly ProjectId _project;
    private readonly string _name;
    private readonly DateTimeOffset _startedAt;
    private readonly CancellationTokenSource _cancelled = new();
    private RowBatch[] _batches;
    private readonly Lock _lock = new();
    private readonly List<RefusedRow> _refusals = [];
    private BoundedStream? _file;
    private RowReader? _reader;
    private RowBatch? _filling;
    private Task _taking = Task.CompletedTask;
    private int _turn;
    private long? _totalBytes;
    private long _bytes;
    private long _rows;
    private long _taken;
    private long _refused;
    private long _first = long.MaxValue;
    private long _last = long.MinValue;
    private long? _duplicates;
    private ImportState _state = ImportState.Running;
    private string? _problem;
    private DateTimeOffset? _endedAt;
    private CancellationToken _stop;

    public ImportRun(ImportPorts ports, ProjectId project, string name)
    {
        (_ports, _project, _name) = (ports, project, name);
        _startedAt = ports.Time.GetUtcNow();
        var rows = Math.Min(2000, ports.Intake.MostEvents);
        _batches = [new RowBatch(rows), new RowBatch(rows)];
    }

    public Guid Id { get; } = Guid.NewGuid();

    public bool IsEnded
    {
        get
        {
            lock (_lock)
            {
                return _endedAt is not null;
            }
        }
    }

    public ImportDetails Details
    {
        get
        {
            lock (_lock)
            {
                return new ImportDetails(
                    Id, _name, _state, _problem, _startedAt, _endedAt, _file?.BytesRead ?? _bytes, _totalBytes, _reader?.Rows ?? _rows, _taken, _refused, _duplicates,
                    [.. _refusals.OrderBy(static r => r.Line)], _taken == 0 ? null : UnixMicros.ToInstant(_first), _taken == 0 ? null : UnixMicros.ToInstant(_last));
            }
        }
    }

    /// <summary>Ends it soon; nothing where it has ended.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            if (_endedAt is null)
            {
                _ = _cancelled.CancelAsync();
            }
        }
    }

    public void Dispose() => _cancelled.Dispose();

    /// <summary>Takes the file in. Returns the HTTP status that tells how it ended; <see cref="Details"/> has the rest.</summary>
    /// <param name="body">The file as it comes.</param>
    /// <param name="totalBytes">How long it is, where that is known.</param>
    /// <param name="settings">How it is read.</param>
    /// <param name="visitorKey">The project's write key.</param>
    /// <param name="senderGone">Cancelled when the file comes no more.</param>
    /// <param name="stopping">Cancelled when the server stops.</param>
    public async Task<int> RunAsync(
        PipeReader body, long? totalBytes, ImportSettings settings, string visitorKey, CancellationToken senderGone, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancelled.Token, senderGone, stopping);
        _stop = either.Token;
        await using var file = new BodyStream(body);
        await using var stops = _stop.Register(file.Stop);
        _ports.Logger.ImportBegins(_project, _name);
        int status;
        try
        {
            var before = _ports.Store.Ledger(_project).Duplicates;
            await ReadAsync(file, totalBytes, settings, visitorKey);
            await StoredAsync(before);
            status = End(ImportState.Done, null, StatusCodes.Status200OK);
        }
        catch (Exception e)
        {
            await FinishAsync(e is UnreadableFileException or InvalidDataException or TooLongException);
            status = e switch
            {
                UnreadableFileException => Stop(e.Message, StatusCodes.Status400BadRequest),
                InvalidDataException => Stop("The compressed file is broken or cut off here. Send a whole one; what was taken counts once.", StatusCodes.Status400BadRequest),
                TooLongException => Stop(e.Message, StatusCodes.Status413PayloadTooLarge),
                LogBusyException => Stop($"{e.Message} Send the same file again later; it goes on without counting anything twice.", StatusCodes.Status503ServiceUnavailable),
                _ when _cancelled.IsCancellationRequested => End(ImportState.Cancelled, null, StatusCodes.Status409Conflict),
                _ when stopping.IsCancellationRequested => Stop("The server was stopped. Send the same file again; it goes on without counting anything twice.", StatusCodes.Status503ServiceUnavailable),
                BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Stop("The file is larger than a request may be on this server.", StatusCodes.Status413PayloadTooLarge),
                _ when senderGone.IsCancellationRequested || e is IOException => Stop(
                    "The connection broke off. Send the same file again; it goes on without counting anything twice.", StatusCodes.Status499ClientClosedRequest),
                _ => Fail(e),
            };
        }

        return status;
    }

    public async ValueTask<RowBatch?> NextAsync(RowBatch? full, CancellationToken cancellationToken)
    {
        if (full is not null)
        {
            await _taking;
            _taking = TakeAsync(full);
        }

        _filling = _batches[_turn++ % 2];
        _filling.Body.CutTo(0);
        Write(_filling, "["u8);
        return _filling;
    }

    public async ValueTask EndAsync(RowBatch last, CancellationToken cancellationToken)
    {
        _filling = null;
        await _taking;
        _taking = TakeAsync(last);
        await _taking;
    }

    public void Refuse(RefusedRow row)
    {
        lock (_lock)
        {
            _refused++;
            Note(row);
        }
    }

    private static void Write(RowBatch batch, ReadOnlySpan<byte> text)
    {
        text.CopyTo(batch.Body.GetSpan(text.Length));
        batch.Body.Advance(text.Length);
    }

    private async Task ReadAsync(BodyStream body, long? totalBytes, ImportSettings settings, string visitorKey)
    {
        var file = Bounded(body, _ports.Options.MaxFileMegabytes, "file", nameof(ImportingOptions.MaxFileMegabytes));
        lock (_lock)
        {
            (_file, _totalBytes) = (file, totalBytes);
        }

        await using var source = await ImportSource.OpenAsync(
            file, _stop, text => Bounded(text, _ports.Options.MaxTextMegabytes, "text in the file", nameof(ImportingOptions.MaxTextMegabytes)));
        var reader = new RowReader(source, settings, visitorKey, this);
        lock (_lock)
        {
            _reader = reader;
        }

        await reader.ReadAsync(0, _stop);
    }

    private static BoundedStream Bounded(Stream stream, int megabytes, string what, string setting) => new(
        stream, (long)megabytes << 20, string.Create(CultureInfo.InvariantCulture, $"The {what} is longer than {megabytes} MiB (setting {ImportingOptions.Section}:{setting}). Cut it into parts."));

    /// <summary>Waits until what is in the log is stored, and learns from the ledger how much of it was there already.</summary>
    private async Task StoredAsync(long duplicatesBefore)
    {
        lock (_lock)
        {
            _state = ImportState.Storing;
        }

        LogPosition? until = null;
        var started = _ports.Time.GetTimestamp();
        while (true)
        {
            // What was taken has no place in the log before it is settled.
            until ??= _ports.Log.IsSettled ? _ports.Log.End : null;
            if (until is { } end && _ports.Store.Committed.Reaches(end))
            {
                break;
            }

            if (_ports.Time.GetElapsedTime(started) > LongestStoring)
            {
                return;
            }

            try
            {
                await Task.Delay(Nap, _ports.Time, _stop);
            }
            catch (OperationCanceledException)
            {
                // The file was taken whole, whoever goes away now.
                return;
            }
        }

        var duplicates = _ports.Store.Ledger(_project).Duplicates - duplicatesBefore;
        lock (_lock)
        {
            _duplicates = Math.Min(duplicates, _taken);
        }
    }

    /// <summary>After a failure: what is on its way gets there, and what was read of a broken file too.</summary>
    private async Task FinishAsync(bool takeRest)
    {
        try
        {
            await _taking;
            if (takeRest && _filling is { } rest)
            {
                await TakeAsync(rest);
            }
        }
        catch (Exception)
        {
            // What ended the import first is what is told; of this nothing is counted as taken.
        }
    }

    private async Task TakeAsync(RowBatch batch)
    {
        var rows = batch.Lines.Count;
        if (rows == 0)
        {
            return;
        }

        Write(batch, "]"u8);
        await RoomAsync();
        var answer = await _ports.Intake.TakeAsync(_project, batch.Body.Written);
        for (var attempt = 1; answer.Busy is not null; attempt++)
        {
            if (attempt == Attempts)
            {
                throw new LogBusyException(answer.Busy);
            }

            await Task.Delay(BetweenAttempts, _ports.Time, _stop);
            answer = await _ports.Intake.TakeAsync(_project, batch.Body.Written);
        }

        lock (_lock)
        {
            _taken += answer.Taken;
            _refused += rows - answer.Taken;
            foreach (var (index, reason) in answer.Refused.Take(MostRefusals - _refusals.Count))
            {
                Note(new RefusedRow(batch.Lines[index], reason));
            }

            if (answer.Taken > 0)
            {
                _first = Math.Min(_first, answer.First);
                _last = Math.Max(_last, answer.Last);
            }
        }
    }

    /// <summary>Waits while too much waits to be stored already, so that an import neither fills the log nor holds up what arrives now.</summary>
    private async Task RoomAsync()
    {
        var least = long.MaxValue;
        var since = _ports.Time.GetTimestamp();
        while (_ports.Waiting.Count(_project) is var waiting && waiting > _ports.Options.MaxWaitingEvents)
        {
            if (waiting < least)
            {
                (least, since) = (waiting, _ports.Time.GetTimestamp());
            }
            else if (_ports.Time.GetElapsedTime(since) > LongestStandstill)
            {
                throw new LogBusyException("Events are not being stored at present; /health/ready says why.");
            }

            await Task.Delay(Nap, _ports.Time, _stop);
        }
    }

    private void Note(RefusedRow row)
    {
        if (_refusals.Count < MostRefusals)
        {
            _refusals.Add(row);
        }
    }

    private int Stop(string problem, int status) => End(ImportState.Stopped, problem, status);

    private int Fail(Exception e)
    {
        _ports.Logger.ImportFailed(e, _name, _project);
        return Stop("Something in the server went wrong; its log says what. Send the same file again; it goes on without counting anything twice.", StatusCodes.Status500InternalServerError);
    }

    private int End(ImportState state, string? problem, int status)
    {
        lock (_lock)
        {
            (_state, _problem, _endedAt) = (state, problem, _ports.Time.GetUtcNow());

            // What is listed from now on needs no buffers.
            (_bytes, _rows) = (_file?.BytesRead ?? 0, _reader?.Rows ?? 0);
            (_file, _reader, _filling, _batches) = (null, null, null, []);
            _ports.Logger.ImportEnded(_name, _project, state, _rows, _taken, _refused, problem ?? "");
        }

        return status;
    }

    /// <summary>The log, or what stores it, takes nothing for longer than an import waits.</summary>
    private sealed class LogBusyException(string message) : Exception(message);
}
