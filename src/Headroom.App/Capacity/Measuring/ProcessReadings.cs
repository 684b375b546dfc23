using Headroom.App.Shared.Control;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Capacity.Measuring;

/// <summary>
/// The readings of processes that are apart, a row for each in the control data. A database that is away costs readings and nothing else:
/// they are sums, so the next one has it all. For one caller at a time.
/// </summary>
internal sealed class ProcessReadings(ControlDatabase database, TimeProvider time, ILogger<ProcessReadings> logger)
{
    /// <summary>Processes that are read, those that wrote last.</summary>
    private const int Most = 200;

    /// <summary>Measuring waits no longer for a database.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenRemovals = TimeSpan.FromHours(1);

    /// <summary>Past which a row is of a process that will not come back under its name.</summary>
    private static readonly TimeSpan Old = TimeSpan.FromDays(1);
    private DateTimeOffset _nextRemoval = DateTimeOffset.MinValue;
    private bool _isAway;

    public Task WriteAsync(ProcessReading reading, CancellationToken cancellationToken) => TryAsync(
        async cancel =>
        {
            await using var connection = await database.ConnectAsync(cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = """
                INSERT INTO process_reading (process, written_at, reading) VALUES (@process, @at, @reading)
                ON CONFLICT (process) DO UPDATE SET written_at = excluded.written_at, reading = excluded.reading
                """;
            command.Set("@process", reading.Process.Name);
            command.Set("@at", UnixMicros.From(time.GetUtcNow()));
            command.Set("@reading", reading.ToJson());
            await command.ExecuteNonQueryAsync(cancel);
        },
        cancellationToken);

    /// <summary>The last reading of each process that has written one within a day; none where the database is away.</summary>
    public async Task<IReadOnlyList<ProcessReading>> ReadAsync(CancellationToken cancellationToken)
    {
        var readings = new List<ProcessReading>();
        await TryAsync(
            async cancel =>
            {
                await using var connection = await database.ConnectAsync(cancel);
                await using var command = connection.CreateCommand();
                var now = time.GetUtcNow();
                command.Set("@old", UnixMicros.From(now - Old));
                command.Set("@most", Most);
                if (now >= _nextRemoval)
                {
                    command.CommandText = "DELETE FROM process_reading WHERE written_at < @old";
                    await command.ExecuteNonQueryAsync(cancel);
                    _nextRemoval = now + BetweenRemovals;
                }

                command.CommandText = "SELECT process, reading FROM process_reading WHERE written_at >= @old ORDER BY written_at DESC LIMIT @most";
                await using var rows = await command.ExecuteReaderAsync(cancel);
                while (await rows.ReadAsync(cancel))
                {
                    if (ProcessReading.FromJson(rows.GetString(0), rows.GetString(1)) is { } reading)
                    {
                        readings.Add(reading);
                    }
                }
            },
            cancellationToken);
        return readings;
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(Longest);
        try
        {
            await work(bounded.Token);
            if (_isAway)
            {
                _isAway = false;
                CapacityLog.ReadingsAgain(logger);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (!_isAway)
            {
                _isAway = true;
                CapacityLog.NoReadings(logger, database.Engine.Redacted(e.Message));
            }
        }
    }
}
