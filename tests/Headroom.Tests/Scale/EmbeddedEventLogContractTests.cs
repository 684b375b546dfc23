using Headroom.Core;
using Headroom.Log;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headroom.Tests.Scale;

public sealed class EmbeddedEventLogContractTests : EventLogContract
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-log-").FullName;

    private protected override Task<IEventLog> OpenAsync() => Task.FromResult<IEventLog>(EmbeddedEventLog.Open(
        new EmbeddedEventLogOptions { Directory = _directory }, new DiskLogFiles(_directory), TimeProvider.System, NullLogger.Instance));

    private protected override ValueTask CloseAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private protected override LogPosition After(LogPosition end) => end[0] + 1;
}
