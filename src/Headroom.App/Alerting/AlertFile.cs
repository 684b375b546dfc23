using System.Text.Json;
using Headroom.Core;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Alerting;

/// <summary>
/// alerts.json in the data directory: what fires and what was, so that a restart neither forgets nor tells it again. It is written whole
/// beside its place and renamed there. The disk may be what is wrong, so nobody waits for it, and a file that cannot be read is begun anew.
/// </summary>
internal sealed class AlertFile(string directory, ILogger<AlertFile> logger)
{
    private readonly string _path = Path.Combine(directory, "alerts.json");
    private readonly Lock _gate = new();
    private AlertRecord? _next;
    private Task _writing = Task.CompletedTask;
    private bool _failed;

    /// <summary>Null where there is nothing to go on from.</summary>
    public AlertRecord? Read()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return null;
            }

            using var stream = File.OpenRead(_path);
            var record = JsonSerializer.Deserialize(stream, AlertingJson.Default.AlertRecord);
            if (record is { Format: > AlertBook.Format })
            {
                logger.Newer(_path);
                return null;
            }

            return record is { Format: AlertBook.Format, Firing: not null, Resolved: not null } ? record : throw new JsonException("It lacks members.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            logger.NotRead(_path, e);
            return null;
        }
    }

    /// <summary>Soon, and never two at once: of several that come meanwhile the last is written. The task ends when it is.</summary>
    public Task WriteSoon(AlertRecord record)
    {
        lock (_gate)
        {
            _next = record;
            if (_writing.IsCompleted)
            {
                _writing = Task.Run(WriteAll);
            }

            return _writing;
        }
    }

    private void WriteAll()
    {
        while (true)
        {
            AlertRecord record;
            lock (_gate)
            {
                if (_next is not { } next)
                {
                    // Whoever comes after this finds the task about to end, so it must be known to be over here already.
                    _writing = Task.CompletedTask;
                    return;
                }

                (record, _next) = (next, null);
            }

            try
            {
                Write(record);
                _failed = false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (!_failed)
                {
                    logger.NotWritten(_path, e);
                }

                _failed = true;
            }
        }
    }

    private void Write(AlertRecord record)
    {
        var beside = _path + ".new";
        var rights = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            rights.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(beside, rights))
        {
            JsonSerializer.Serialize(stream, record, AlertingJson.Default.AlertRecord);
            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, _path, overwrite: true);
        DirectorySync.Flush(directory);
    }
}
