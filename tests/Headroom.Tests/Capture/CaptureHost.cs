using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Headroom.App.Capture;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Headroom.Tests.Capture;

/// <summary>A host with nothing but capture, over a log in memory.</summary>
internal sealed class CaptureHost : IAsyncDisposable
{
    public const string Key = "hrw_test";
    public const string OtherKey = "hrw_other";
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly IHost _host;

    private CaptureHost(IHost host, MemoryLog log, MemoryProjects projects, FakeTimeProvider time, ProcessState process)
    {
        Process = process;
        _host = host;
        Log = log;
        Projects = projects;
        Time = time;
        Client = host.GetTestClient();
    }

    public MemoryLog Log { get; }

    public MemoryProjects Projects { get; }

    public FakeTimeProvider Time { get; }

    public ProcessState Process { get; }

    public HttpClient Client { get; }

    public WaitingEvents Waiting => _host.Services.GetRequiredService<WaitingEvents>();

    public RefusedEvents Refused => _host.Services.GetRequiredService<RefusedEvents>();

    public IngestionProblems Problems => _host.Services.GetRequiredService<IngestionProblems>();

    public CaptureLoad Load => _host.Services.GetRequiredService<CaptureLoad>();

    /// <summary>Lets the clock run by seconds until a condition holds.</summary>
    public async Task AdvanceUntilAsync(Func<bool> condition)
    {
        for (var seconds = 0; seconds < 120; seconds++)
        {
            for (var i = 0; i < 20; i++)
            {
                if (condition())
                {
                    return;
                }

                // What the last second set off runs on the thread pool.
                await Task.Delay(1);
            }

            Time.Advance(TimeSpan.FromSeconds(1));
        }

        throw new TimeoutException("The condition did not come to hold.");
    }

    public void NextDay()
    {
        Time.Advance(TimeSpan.FromDays(1));
        Projects.Current = MemoryProjects.SaltsOf(Time.GetUtcNow());
    }

    public static async Task<CaptureHost> StartAsync(bool early = true, params (string Key, string Value)[] settings)
    {
        var log = new MemoryLog();
        var projects = new MemoryProjects();
        var time = new FakeTimeProvider(Now);
        var process = new ProcessState();
        var host = new HostBuilder().ConfigureWebHost(web => web.UseTestServer()
            .ConfigureAppConfiguration(config => config.AddInMemoryCollection(
                settings.Select(s => KeyValuePair.Create("Headroom:Capture:" + s.Key, (string?)s.Value))))
            .ConfigureServices((context, services) =>
            {
                services.AddRouting();
                services.AddSingleton<IEventLog>(log);
                services.AddSingleton<IProjectDirectory>(projects);
                services.AddSingleton<IVisitorSalts>(projects);
                services.AddSingleton<IHealthSource, LogHealthSource>();
                services.AddSingleton<IProcessHealth>(process);
                services.AddSingleton<TimeProvider>(time);
                services.AddCapture(context.Configuration);
            })
            .Configure(app =>
            {
                app.Use((http, next) =>
                {
                    http.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:203.0.113.9");
                    return next(http);
                });
                if (early)
                {
                    app.UseCapture();
                }

                app.UseRouting();
                app.UseEndpoints(endpoints => endpoints.MapCapture());
            })).Build();
        await host.StartAsync();
        return new CaptureHost(host, log, projects, time, process);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string contentType = "application/json", string? encoding = null) =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), contentType, encoding);

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string contentType = "application/json", string? encoding = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (encoding is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        return Client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

internal sealed class ProcessState : IProcessHealth
{
    public PartHealth? Health { get; set; }
}

internal sealed record StoredBatch(int Project, string Ip, string UserAgent, int Rejected, IReadOnlyList<System.Text.Json.JsonElement> Events);

internal sealed class MemoryLog : IEventLog
{
    private readonly ConcurrentQueue<byte[]> _records = new();

    public LogAppend? Answer { get; set; }

    /// <summary>Thrown instead of an answer.</summary>
    public Exception? Failure { get; set; }

    /// <summary>How often something was to be appended.</summary>
    public int Appends { get; private set; }

    public LogPosition End => _records.Count;

    public LogPosition Opened => default;

    public LogHealth Health { get; set; } = new(true, null, null, 0);

    public IReadOnlyList<StoredBatch> Batches => [.. _records.Select(Read)];

    /// <summary>The events of all records, as one list.</summary>
    public IReadOnlyList<System.Text.Json.JsonElement> Events => [.. Batches.SelectMany(b => b.Events)];

    public System.Text.Json.JsonElement Single => Assert(Events);

    public ValueTask<LogAppend> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken) =>
        AppendAllAsync([record], cancellationToken);

    public ValueTask<LogAppend> AppendAllAsync(IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken)
    {
        Appends++;
        if (Failure is not null)
        {
            throw Failure;
        }

        if (Answer is { } answer)
        {
            return ValueTask.FromResult(answer);
        }

        foreach (var record in records)
        {
            _records.Enqueue(record.ToArray());
        }

        return ValueTask.FromResult(new LogAppend(LogAppendStatus.Durable, _records.Count, null));
    }

    public void Clear() => _records.Clear();

    public ILogReader OpenReader(LogPosition position) => throw new NotSupportedException();

    public void Release(string consumer, LogPosition position) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static System.Text.Json.JsonElement Assert(IReadOnlyList<System.Text.Json.JsonElement> events)
    {
        Xunit.Assert.Single(events);
        return events[0];
    }

    private static StoredBatch Read(byte[] record)
    {
        var reader = new EventBatchReader(record);
        var events = new List<System.Text.Json.JsonElement>();
        while (reader.TryRead(out var json))
        {
            events.Add(System.Text.Json.JsonDocument.Parse(json.ToArray()).RootElement);
        }

        return new StoredBatch(
            reader.Project.Value, Encoding.UTF8.GetString(reader.Ip), Encoding.UTF8.GetString(reader.UserAgent), reader.Rejected, events);
    }
}

internal sealed class MemoryProjects : IProjectDirectory, IVisitorSalts
{
    private ProjectInfo _first = new(new ProjectId(1), "One", TimeZoneInfo.Utc, false, false, ["example.com"]);
    private ProjectInfo _second = new(new ProjectId(2), "Two", TimeZoneInfo.Utc, false, false, ["two.example.com"]);

    public int Refreshes { get; private set; }

    /// <summary>A key that is known only after the database is read again.</summary>
    public string? AfterRefresh { get; set; }

    /// <summary>Whether both are.</summary>
    public bool Cookieless
    {
        set
        {
            _first = _first with { Cookieless = value };
            _second = _second with { Cookieless = value };
        }
    }

    public DaySalts Current { get; set; } = SaltsOf(CaptureHost.Now);

    public IReadOnlyCollection<ProjectInfo> All => [_first, _second];

    /// <summary>Another salt for each day.</summary>
    public static DaySalts SaltsOf(DateTimeOffset now)
    {
        var day = DaySalts.DayOf(UnixMicros.From(now));
        return new DaySalts(day, Enumerable.Repeat((byte)day, 16).ToArray(), Enumerable.Repeat((byte)(day - 1), 16).ToArray());
    }

    public bool TryGetByWriteKey(ReadOnlySpan<byte> writeKey, out ProjectInfo project)
    {
        project = writeKey.SequenceEqual("hrw_other"u8) ? _second : _first;
        return writeKey.SequenceEqual("hrw_test"u8) || writeKey.SequenceEqual("hrw_other"u8) ||
            (Refreshes > 0 && AfterRefresh == Encoding.UTF8.GetString(writeKey));
    }

    public bool TryGetByDomain(ReadOnlySpan<byte> domain, out ProjectInfo project)
    {
        var name = Encoding.UTF8.GetString(domain);
        project = All.FirstOrDefault(p => p.Domains.Contains(name, StringComparer.OrdinalIgnoreCase))!;
        return project is not null;
    }

    public bool TryGet(ProjectId id, out ProjectInfo project)
    {
        project = All.FirstOrDefault(p => p.Id == id)!;
        return project is not null;
    }

    public ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        Refreshes++;
        return ValueTask.CompletedTask;
    }
}
