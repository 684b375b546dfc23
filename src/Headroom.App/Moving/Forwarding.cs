// Records of this log into another process': after the line that asks for it, frames of
//
//   int32 count, then for each record int32 length and its bytes
//
// each answered with one byte when all of its records are durable there. What was sent and not answered is sent again with the
// next attempt; the other store knows the uuids.

using System.Buffers.Binary;
using System.Net.Sockets;
using Headroom.App.Shared;
using Headroom.Core;

namespace Headroom.App.Moving;

/// <summary>Sends what is in the log from a place on, and what comes, to another process.</summary>
internal sealed class Forwarding : IAsyncDisposable
{
    private const int ReadBytes = 4 << 20;
    private readonly CancellationTokenSource _stop = new();
    private readonly IEventLog _log;
    private readonly Task _running;
    private readonly Lock _gate = new();
    private LogPosition _position;
    private LogPosition? _limit;
    private TaskCompletionSource _limitChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _problem;

    public Forwarding(IEventLog log, LogPosition from, Func<CancellationToken, Task<Stream>> connect)
    {
        (_log, _position) = (log, from);
        _running = Task.Run(() => RunAsync(connect));
    }

    /// <summary>Everything before it is durable in the other log.</summary>
    public LogPosition Position
    {
        get
        {
            lock (_gate)
            {
                return _position;
            }
        }
    }

    /// <summary>Why it has ended; null while it runs.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Nothing at or behind this place is sent any more; null for no limit.</summary>
    public void SetLimit(LogPosition? limit)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _limit = limit;
            (changed, _limitChanged) = (_limitChanged, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>The other end: takes frames until the stream ends.</summary>
    public static async Task TakeAsync(Stream stream, IEventLog log, WaitingEvents waiting, CancellationToken cancellationToken)
    {
        var number = new byte[sizeof(int)];
        while (true)
        {
            if (await stream.ReadAtLeastAsync(number, number.Length, throwOnEndOfStream: false, cancellationToken) < number.Length)
            {
                return;
            }

            var records = new List<ReadOnlyMemory<byte>>(BinaryPrimitives.ReadInt32LittleEndian(number));
            while (records.Count < records.Capacity)
            {
                await stream.ReadExactlyAsync(number, cancellationToken);
                var record = new byte[BinaryPrimitives.ReadInt32LittleEndian(number)];
                await stream.ReadExactlyAsync(record, cancellationToken);
                records.Add(record);
            }

            await AppendAsync(log, records, cancellationToken);
            foreach (var record in records)
            {
                waiting.Acknowledged(record.Span);
            }

            await stream.WriteAsync(new byte[] { 1 }, cancellationToken);
        }
    }

    private static async Task AppendAsync(IEventLog log, List<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken)
    {
        var result = await log.AppendAllAsync(records, cancellationToken);
        while (result.Status == LogAppendStatus.Unavailable)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            result = await log.AppendAllAsync(records, cancellationToken);
        }

        if (result.Status == LogAppendStatus.Durable)
        {
            return;
        }

        if (records.Count == 1)
        {
            throw new InvalidDataException($"A record of the old log is too large for the new one. {result.Reason}");
        }

        // Too many for one commit.
        foreach (var record in records)
        {
            await AppendAsync(log, [record], cancellationToken);
        }
    }

    private async Task RunAsync(Func<CancellationToken, Task<Stream>> connect)
    {
        try
        {
            await using var stream = await connect(_stop.Token);
            while (true)
            {
                await SendAsync(stream, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            Volatile.Write(ref _problem, "It was stopped.");
        }
        catch (Exception e) when (e is IOException or SocketException or LogCorruptException or NotSupportedException or OperationCanceledException)
        {
            Volatile.Write(ref _problem, e.Message);
        }
    }

    /// <summary>Sends on until a limit is met, and waits until it is another one.</summary>
    private async Task SendAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var reader = _log.OpenReader(Position);
        var answer = new byte[1];
        while (true)
        {
            IReadOnlyList<LogRecord> records = await reader.ReadAsync(ReadBytes, cancellationToken);
            var (limit, changed) = Limit();
            var next = reader.Position;
            if (limit is { } end && !end.Reaches(next))
            {
                next = Position;
                records = [.. records.Where(record => record.Offset < end[record.Partition])];
                foreach (var record in records)
                {
                    next = next.With(record.Partition, record.NextOffset);
                }
            }

            if (records.Count > 0)
            {
                await stream.WriteAsync(Frame(records), cancellationToken);
                await stream.ReadExactlyAsync(answer, cancellationToken);
            }

            lock (_gate)
            {
                _position = next;
            }

            if (next != reader.Position)
            {
                await changed.WaitAsync(cancellationToken);
                return;
            }
        }
    }

    private (LogPosition? Limit, Task Changed) Limit()
    {
        lock (_gate)
        {
            return (_limit, _limitChanged.Task);
        }
    }

    private static byte[] Frame(IReadOnlyList<LogRecord> records)
    {
        var size = sizeof(int);
        foreach (var record in records)
        {
            size += sizeof(int) + record.Payload.Length;
        }

        var frame = new byte[size];
        BinaryPrimitives.WriteInt32LittleEndian(frame, records.Count);
        var at = sizeof(int);
        foreach (var record in records)
        {
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(at), record.Payload.Length);
            record.Payload.CopyTo(frame.AsMemory(at + sizeof(int)));
            at += sizeof(int) + record.Payload.Length;
        }

        return frame;
    }
}
