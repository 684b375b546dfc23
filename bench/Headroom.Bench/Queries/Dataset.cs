using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headroom.Core;
using Headroom.Store;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Headroom.Bench.Queries;

/// <summary>
/// A data directory with a generated project in it, which can be kept for the next run. The events go into the event store
/// as the Writer's batches do, without the way over HTTP and the log, which <c>./bench/run ingest</c> measures.
/// </summary>
/// <param name="First">The first of the days, in the project's time zone, UTC.</param>
/// <param name="Persons">Persons with events, before merging.</param>
internal sealed record Dataset(BenchProject Project, DateOnly First, long Events, long Persons, long Merged)
{
    private const string ServerDirectory = "data";
    private const string ManifestFile = "bench.json";
    private const int BatchEvents = 500_000;

    /// <summary>One person in so many turns out to be another one.</summary>
    private const int MergedOneIn = 100;

    [JsonIgnore]
    public string Directory { get; private init; } = "";

    /// <summary>The server's.</summary>
    [JsonIgnore]
    public string Data => Path.Combine(Directory, ServerDirectory);

    [JsonIgnore]
    public DateOnly Last => First.AddDays(GeneratedEvents.Days - 1);

    /// <summary>What is in the directory; generated where it is empty or not there.</summary>
    public static async Task<Dataset> OpenAsync(string directory, long events)
    {
        var manifest = Path.Combine(directory, ManifestFile);
        if (File.Exists(manifest))
        {
            var kept = JsonSerializer.Deserialize<Dataset>(await File.ReadAllTextAsync(manifest))!;
            return kept.Events == events ? kept with { Directory = directory } : throw new InvalidOperationException(
                $"{directory} holds {kept.Events} generated events, not {events}. Ask for as many, or for another directory.");
        }

        var data = System.IO.Directory.CreateDirectory(Path.Combine(directory, ServerDirectory)).FullName;
        var project = await ServerProcess.AddProjectAsync("bench", data);
        var dataset = await GenerateAsync(data, project, events) with { Directory = directory };
        await File.WriteAllTextAsync(manifest, JsonSerializer.Serialize(dataset));
        return dataset;
    }

    private static async Task<Dataset> GenerateAsync(string directory, BenchProject project, long events)
    {
        var start = Stopwatch.GetTimestamp();
        var id = ProjectId.TryParse(project.Id, out var parsed) ? parsed : throw new InvalidOperationException($"\"{project.Id}\" is no project.");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Headroom:DataDirectory", directory)]).Build();
        await using var services = new ServiceCollection().AddLogging().AddSegmentStore(configuration).BuildServiceProvider();
        var store = services.GetRequiredService<IEventStore>();
        var first = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(-GeneratedEvents.Days);
        var generated = new GeneratedEvents(UnixMicros.From(new DateTimeOffset(first, TimeOnly.MinValue, TimeSpan.Zero)), events);
        long merged = 0;
        for (long done = 0; done < events;)
        {
            var count = (int)Math.Min(BatchEvents, events - done);
            using var batch = store.BeginBatch();
            generated.Fill(batch.Rows(id), count);
            foreach (var (distinctId, person) in generated.Appeared)
            {
                batch.Identities.DistinctIds.Add((id, distinctId, person.Key));
                batch.Identities.Persons.Add((id, person));
                if (person.Key > MergedOneIn && person.Key % MergedOneIn == 0)
                {
                    batch.Identities.Merges.Add((id, person.Key, person.Key - 1 - (MergedOneIn / 2)));
                    merged++;
                }
            }

            generated.Appeared.Clear();
            batch.Count(id, count, 0, 0);
            await batch.CommitAsync(store.Committed, CancellationToken.None);
            done += count;
            await Console.Error.WriteLineAsync($"generated {done:#,0} events, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
        }

        return new Dataset(project, first, events, generated.LastKey, merged);
    }
}
