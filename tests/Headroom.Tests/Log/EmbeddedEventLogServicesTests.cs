using System.Diagnostics.Metrics;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Core;
using Headroom.Log;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headroom.Tests.Log;

public sealed class EmbeddedEventLogServicesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-log-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_host_opens_the_log_in_the_data_directory_and_keeps_it_over_restarts()
    {
        var cancellation = TestContext.Current.CancellationToken;
        long end = 0;
        for (var i = 0; i < 2; i++)
        {
            using var host = Host();
            await host.StartAsync(cancellation);
            var log = host.Services.GetRequiredService<IEventLog>();
            Assert.Equal(end, log.End[0]);
            Assert.Equal(LogAppendStatus.Durable, (await log.AppendAsync("one"u8.ToArray(), cancellation)).Status);
            end = log.End[0];
            await host.StopAsync(cancellation);
        }

        Assert.True(File.Exists(Path.Combine(_directory, "log", LogFormat.FileName(0))));
    }

    [Fact]
    public async Task Damage_stops_the_host_from_starting()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using (var host = Host())
        {
            await host.StartAsync(cancellation);
            var log = host.Services.GetRequiredService<IEventLog>();
            await log.AppendAsync("one"u8.ToArray(), cancellation);
            await log.AppendAsync("two"u8.ToArray(), cancellation);
        }

        var path = Path.Combine(_directory, "log", LogFormat.FileName(0));
        var bytes = await File.ReadAllBytesAsync(path, cancellation);
        bytes[LogFormat.FileHeaderBytes] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, cancellation);
        using var damaged = Host();
        var error = await Assert.ThrowsAsync<LogCorruptException>(() => damaged.StartAsync(cancellation));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_settings_that_the_errors_print_let_the_host_start_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using (var host = Host())
        {
            await host.StartAsync(cancellation);
            var log = host.Services.GetRequiredService<IEventLog>();
            foreach (var text in new[] { "one", "two", "three", "four", "five" })
            {
                await log.AppendAsync(Encoding.UTF8.GetBytes(text), cancellation);
            }
        }

        var path = Path.Combine(_directory, "log", LogFormat.FileName(0));
        var bytes = await File.ReadAllBytesAsync(path, cancellation);
        bytes[bytes.AsSpan().IndexOf("two"u8)] ^= 1;
        bytes[bytes.AsSpan().IndexOf("four"u8)] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, cancellation);
        var settings = new List<(string, string)>();
        for (var place = 0; place < 2; place++)
        {
            using var damaged = Host([.. settings]);
            var error = await Assert.ThrowsAsync<LogCorruptException>(() => damaged.StartAsync(cancellation));
            var printed = Regex.Match(error.Message, @"environment: (?<key>\S+)=(?<value>[^)]+)\)");
            settings.Add((printed.Groups["key"].Value.Replace("__", ":", StringComparison.Ordinal), printed.Groups["value"].Value));
        }

        using var repaired = Host([.. settings]);
        await repaired.StartAsync(cancellation);
        using var reader = repaired.Services.GetRequiredService<IEventLog>().OpenReader(0);
        Assert.Equal(["one", "three", "five"], reader.ReadRest());
    }

    [Fact]
    public async Task A_wrong_setting_stops_the_host_and_is_named()
    {
        using var host = Host(("Headroom:Log:FileBytes", "1"), ("Headroom:Log:RetryInterval", "00:00:00"));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("Headroom:Log:FileBytes is 1;", error.Message, StringComparison.Ordinal);
        Assert.Contains("Headroom:Log:RetryInterval", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_instrument_is_there_and_counts()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("headroom_log_", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) => See(instrument));
        listener.SetMeasurementEventCallback<int>((instrument, _, _, _) => See(instrument));
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => See(instrument));
        listener.Start();
        var disk = new SimulatedDisk(new Random(1));
        await using var log = LogTesting.Open(disk);
        await log.AppendDurably("one");
        using var reader = log.OpenReader(0);
        Assert.Single(reader.TryRead(1000));
        await log.AppendAsync(new byte[(1 << 20) + 1], cancellation);
        disk.FailingFlushes = 1;
        Assert.Equal(LogAppendStatus.Unavailable, (await log.Append("two")).Status);
        await log.MaintainAsync();
        log.Release("writer", 0);
        listener.RecordObservableInstruments();
        string[] expected =
        [
            "headroom_log_bytes_total", "headroom_log_consumer_lag_bytes", "headroom_log_disk_bytes", "headroom_log_disk_free_bytes", "headroom_log_errors_total", "headroom_log_files",
            "headroom_log_fsync_duration_seconds", "headroom_log_fsyncs_total", "headroom_log_group_records",
            "headroom_log_queue_bytes", "headroom_log_queue_records", "headroom_log_read_bytes_total",
            "headroom_log_read_records_total", "headroom_log_records_total", "headroom_log_refused_records_total",
            "headroom_log_writable", "headroom_log_writer_busy_seconds_total",
        ];
        lock (seen)
        {
            Assert.Equal(expected, seen.Order(StringComparer.Ordinal));
        }

        void See(Instrument instrument)
        {
            lock (seen)
            {
                seen.Add(instrument.Name);
            }
        }
    }

    private IHost Host(params (string Key, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            settings.Append(("Headroom:DataDirectory", _directory)).Select(pair => KeyValuePair.Create(pair.Item1, (string?)pair.Item2)));
        builder.Services.AddLogging();
        builder.Services.AddEmbeddedEventLog(builder.Configuration);
        return builder.Build();
    }
}
