using System.Text.Json;
using CsCheck;
using Headroom.Core;
using Headroom.Scale.S3;
using Headroom.Store;
using Headroom.Tests.ObjectStorage;
using Headroom.Tests.Support;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>The store against an obvious model in memory, under random actions, failures and power losses.</summary>
public sealed class StoreModelTests
{
    /// <summary>Fewer than there are in most merges, so that commits, failures and power losses come between their slices.</summary>
    private const long SeenSliceKeys = 7;

    private static readonly string[] Names = ["plan", "Plan", "$url", "a.b \"q\" 'x'", "größe^"];

    private static readonly PropertyColumnKey[] AllColumns =
        [.. Names.SelectMany(static n => Enum.GetValues<PropertyKind>().Select(k => new PropertyColumnKey(n, k)))];

    private enum Kind
    {
        Commit,
        Abandon,
        Fail,
        Crash,
        Compact,
        CompactALittle,
        CrashInCompaction,
        Reopen,
        RemoveOld,
        Forget,
    }

    private static readonly Gen<object> GenValue = Gen.OneOf(
        Gen.Int[0, 5].Select(static i => (object)(i / 2.0)),
        Gen.Bool.Select(static b => (object)b),
        Gen.OneOfConst("", "pro", "ünï\ncode", new string('x', 300)).Select(static s => (object)s),
        Gen.OneOfConst<object>(new Json("[1,2]"), new Json("{\"a\":{}}")));

    private static readonly Gen<TestRow> GenRow =
        from project in Gen.Int[1, 3]
        from uuid in Gen.Int[0, 120]
        from name in Gen.OneOfConst("view", "click", "", "größer")
        from owner in Gen.Int[1, 8]
        from person in Gen.Frequency((9, Gen.Const(owner)), (1, Gen.Const(0)))
        from session in Gen.OneOfConst<string?>("s1", "s2", null)
        from late in Gen.Int[0, 40]
        from properties in Gen.Select(Gen.OneOfConst(Names), GenValue).Array[0, 4]
        select new TestRow(project, uuid, name, "u" + owner, person, session, StoreFixture.Micros(-late * 86_400.0 * 13))
        {
            Properties = [.. properties.DistinctBy(static p => (p.Item1, p.Item2.GetType())).Select(static p => (p.Item1, p.Item2))],
        };

    private static readonly Gen<TestPerson> GenPerson =
        from project in Gen.Int[1, 3]
        from key in Gen.Int[1, 8]
        from created in Gen.Int[0, 5]
        from identified in Gen.Bool
        from properties in Gen.Select(Gen.OneOfConst(Names), GenValue).Array[0, 3]
        select new TestPerson(project, key, created, identified, [.. properties.DistinctBy(static p => p.Item1).Select(static p => (p.Item1, p.Item2))]);

    private static readonly Gen<Step> GenStep =
        from kind in Gen.Frequency(
            (6, Gen.Const(Kind.Commit)), (1, Gen.Const(Kind.Abandon)), (1, Gen.Const(Kind.Fail)), (2, Gen.Const(Kind.Crash)),
            (1, Gen.Const(Kind.Compact)), (1, Gen.Const(Kind.CompactALittle)), (1, Gen.Const(Kind.CrashInCompaction)), (1, Gen.Const(Kind.Reopen)),
            (1, Gen.Const(Kind.RemoveOld)), (1, Gen.Const(Kind.Forget)))
        from rows in GenRow.Array[0, 12]
        from merges in Gen.Select(Gen.Int[1, 3], Gen.Int[1, 8], Gen.Int[1, 8]).Array[0, 2]
        from persons in GenPerson.Array[0, 3]
        from at in Gen.Int[0, 4]
        from cut in Gen.Double[0, 1]
        select new Step(kind, rows, merges, persons, at, cut);

    [Fact]
    public async Task Random_actions_failures_and_power_losses_agree_with_the_model() =>
        await GenStep.Array[4, 14].SampleAsync(
            // Few enough that some merges are of a tier alone and some of all persons.
            static async steps => await RunAsync(steps, new StoreFixture { FewPersons = steps[0].At, SeenSliceKeys = SeenSliceKeys }, null), iter: ChosenStore.Cases(60), threads: 2);

    /// <summary>The same with the catalog in a real PostgreSQL, whose answers are lost now and then.</summary>
    [Fact]
    public async Task So_they_do_with_the_catalog_in_PostgreSQL()
    {
        var server = await PostgresServer.SharedAsync();
        await GenStep.Array[4, 14].SampleAsync(
            async steps =>
            {
                await using var proxy = new CuttingProxy(server.Port);
                await RunAsync(steps, new StoreFixture(server, port: proxy.Port) { FewPersons = steps[0].At, SeenSliceKeys = SeenSliceKeys }, proxy);
            }, iter: 8, threads: 2);
    }

    [Fact]
    public async Task So_they_do_over_object_storage_with_room_for_a_few_files()
    {
        await using var server = await S3Server.StartAsync(S3Server.Node);
        var runs = 0;
        await GenStep.Array[4, 10].SampleAsync(
            async steps =>
            {
                using var objects = new S3ObjectStore(server.Options($"model-{Interlocked.Increment(ref runs)}"), TimeProvider.System);
                await RunAsync(steps, new StoreFixture(static options => options.CacheBytes = 40_000) { FewPersons = steps[0].At, SeenSliceKeys = SeenSliceKeys, Objects = objects }, null);
            }, iter: 10, threads: 2);
    }

    private static async Task RunAsync(Step[] steps, StoreFixture owned, CuttingProxy? proxy)
    {
        await using var fixture = owned;
        var model = new Model();
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case Kind.Commit when proxy is not null && step.At == 4:
                    await LoseAnswerAsync(fixture, step, model, proxy);
                    break;
                case Kind.Commit:
                    await CommitAsync(fixture, step, model);
                    break;
                case Kind.Abandon:
                    using (var batch = fixture.Store.BeginBatch())
                    {
                        Fill(batch, step, model.Copy());
                    }

                    break;
                case Kind.Fail:
                    await FailAsync(fixture, step, model);
                    break;
                case Kind.Crash:
                    model = await CrashAsync(fixture, step, model);
                    break;
                case Kind.Compact:
                    fixture.Compact();
                    break;
                case Kind.CompactALittle:
                    fixture.Compact(1 + step.At);
                    break;
                case Kind.CrashInCompaction:
                    await CrashInCompactionAsync(fixture, step);
                    break;
                case Kind.RemoveOld:
                    await RemoveOldAsync(fixture, step, model);
                    break;
                case Kind.Forget:
                    await ForgetAsync(fixture, step, model);
                    break;
                default:
                    await fixture.ReopenAsync();
                    break;
            }
        }

        await CompareAsync(fixture, model);
        await fixture.ReopenAsync();
        fixture.Compact();
        await CompareAsync(fixture, model);
    }

    private static async Task CommitAsync(StoreFixture fixture, Step step, Model model)
    {
        using var batch = fixture.Store.BeginBatch();
        Fill(batch, step, model);
        await batch.CommitAsync(model.Offset, CancellationToken.None);
    }

    /// <summary>The connection ends at COMMIT, before PostgreSQL hears it or before its answer: the batch counts once, tried again or begun anew.</summary>
    private static async Task LoseAnswerAsync(StoreFixture fixture, Step step, Model model, CuttingProxy proxy)
    {
        var (deliver, before, after) = (step.Cut < 0.5, model.Copy(), model.Copy());
        using (var batch = fixture.Store.BeginBatch())
        {
            Fill(batch, step, after);
            proxy.CutAt("COMMIT\0", deliver);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => batch.CommitAsync(after.Offset, CancellationToken.None).AsTask());
            Assert.Equal(before.Offset, fixture.Store.Committed[0]);
            if (step.Rows.Length % 2 == 0)
            {
                await batch.CommitAsync(after.Offset, CancellationToken.None);
                Fill(step, model);
                return;
            }
        }

        if (deliver)
        {
            Assert.Throws<StoreUnavailableException>(() => fixture.Store.BeginBatch());
            Assert.Equal(after.Offset, fixture.Store.Committed[0]);
            Fill(step, model);
        }
        else
        {
            await CommitAsync(fixture, step, model);
        }
    }

    /// <summary>A disk that refuses at some step: nothing counts; the same batch commits when the disk is well again.</summary>
    private static async Task FailAsync(StoreFixture fixture, Step step, Model model)
    {
        var failing = (StoreStep)Math.Min(step.At, (int)StoreStep.InCatalog);
        var failed = false;
        fixture.Probe = (at, _) =>
        {
            if (at == failing)
            {
                failed = true;
                throw new IOException("No space left on device");
            }
        };
        using var batch = fixture.Store.BeginBatch();
        var before = model.Copy();
        Fill(batch, step, model);
        try
        {
            await batch.CommitAsync(model.Offset, CancellationToken.None);
            Assert.False(failed);
        }
        catch (StoreUnavailableException)
        {
            Assert.True(failed);
            Assert.Contains("No space left", fixture.Store.Health.Problem, StringComparison.Ordinal);
            Assert.Equal(before.Offset, fixture.Store.Committed[0]);
            fixture.Probe = null;
            await batch.CommitAsync(model.Offset, CancellationToken.None);
        }

        fixture.Probe = null;
        Assert.Null(fixture.Store.Health.Problem);
    }

    /// <summary>The power goes at some step: files that were not fsynced are cut anywhere, the rest is as it was.</summary>
    private static async Task<Model> CrashAsync(StoreFixture fixture, Step step, Model model)
    {
        var copies = new List<string>();
        fixture.Probe = (at, _) =>
        {
            if ((int)at == step.At && copies.Count == 0)
            {
                copies.Add(fixture.Crash());
            }
        };
        var after = model.Copy();
        using (var batch = fixture.Store.BeginBatch())
        {
            Fill(batch, step, after);
            await batch.CommitAsync(after.Offset, CancellationToken.None);
        }

        fixture.Probe = null;
        if (copies.Count == 0)
        {
            return after;
        }

        CutUnsynced(copies[0], step.Cut);
        await fixture.MoveToAsync(copies[0]);
        return (StoreStep)step.At == StoreStep.AfterCatalog ? after : model;
    }

    private static async Task CrashInCompactionAsync(StoreFixture fixture, Step step)
    {
        var copies = new List<string>();
        fixture.Probe = (at, _) =>
        {
            if (at == (step.At % 2 == 0 ? StoreStep.FileWriting : StoreStep.FileWritten) && copies.Count == 0)
            {
                copies.Add(fixture.Crash());
            }
        };
        fixture.Compact();
        fixture.Probe = null;
        foreach (var copy in copies)
        {
            CutUnsynced(copy, step.Cut);
            await fixture.MoveToAsync(copy);
        }
    }

    /// <summary>The power goes at some step of the removal, and at most once; a start after it asks again, as the settings say.</summary>
    private static async Task RemoveOldAsync(StoreFixture fixture, Step step, Model model)
    {
        var before = StoreFixture.Micros(-(long)(step.Cut * 40) * 86_400.0 * 13) + step.At;
        await FinishAsync(fixture, step, () =>
        {
            for (var project = 1; project <= 3; project++)
            {
                fixture.Store.RemoveBefore(new ProjectId(project), before);
            }
        });
        model.RemoveOld(before);
    }

    private static async Task ForgetAsync(StoreFixture fixture, Step step, Model model)
    {
        var id = Guid.NewGuid();
        var (project, key) = (1 + (step.At % 3), 1 + (int)(step.Cut * 7.99));
        await FinishAsync(fixture, step, () => fixture.Store.Forget(id, new ProjectId(project), key));
        var events = model.Forget(project, key, out var ids);
        var done = ((IEventRemoval)fixture.Store).Find(id)!;
        Assert.True(done.IsDone);
        Assert.Equal((events, ids), (done.Events, done.DistinctIds));
        fixture.Store.Close(id);
        Assert.Null(((IEventRemoval)fixture.Store).Find(id));
    }

    private static async Task FinishAsync(StoreFixture fixture, Step step, Action ask)
    {
        var copies = new List<string>();
        var steps = 0;
        fixture.Probe = (at, _) =>
        {
            if ((int)at == step.At && copies.Count == 0 && steps++ == step.Rows.Length % 3)
            {
                copies.Add(fixture.Crash());
            }
        };
        ask();
        fixture.Compact();
        fixture.Probe = null;
        foreach (var copy in copies)
        {
            CutUnsynced(copy, step.Cut);
            await fixture.MoveToAsync(copy);
            ask();
            fixture.Compact();
        }
    }

    private static void CutUnsynced(string directory, double part)
    {
        foreach (var path in Directory.EnumerateFiles(directory, "*" + StoreFiles.TemporarySuffix, SearchOption.AllDirectories))
        {
            using var file = File.OpenWrite(path);
            file.SetLength((long)(file.Length * part));
        }
    }

    private static void Fill(Step step, Model model) => Fill(null, step, model);

    private static void Fill(IStoreBatch? batch, Step step, Model model)
    {
        foreach (var row in step.Rows)
        {
            var expected = model.Add(row);
            if (batch is not null)
            {
                Assert.Equal(expected, row.AddTo(batch));
            }

            if (expected && row.PersonKey > 0)
            {
                batch?.Identities.DistinctIds.Add((new ProjectId(row.Project), row.DistinctId, model.Resolve(row.Project, row.PersonKey)));
                model.Identify(row.Project, row.DistinctId, model.Resolve(row.Project, row.PersonKey));
            }
        }

        foreach (var person in step.Persons)
        {
            if (model.Put(person))
            {
                batch?.Identities.Persons.Add((new ProjectId(person.Project), person.Row));
            }
        }

        foreach (var (project, from, to) in step.Merges)
        {
            if (model.Merge(project, from, to))
            {
                batch?.Identities.Merges.Add((new ProjectId(project), from, to));
            }
        }

        model.Offset++;
    }

    private static async Task CompareAsync(StoreFixture fixture, Model model)
    {
        Assert.Equal(model.Offset, fixture.Store.Committed[0]);
        var columns = string.Join(", ", AllColumns.Select(static c => "\"" + c.ColumnName.Replace("\"", "\"\"", StringComparison.Ordinal) + "\""));
        for (var project = 1; project <= 4; project++)
        {
            var found = await fixture.QueryAsync(
                project,
                $"SELECT uuid, event, distinct_id, person_key, session_id, \"timestamp\", received_at, {columns} FROM {{events}}",
                AllColumns);
            var expected = model.Rows.Where(r => r.Project == project).Select(Text).Order(StringComparer.Ordinal);
            Assert.Equal(expected, found.Order(StringComparer.Ordinal));

            var overrides = await fixture.QueryAsync(project, "SELECT from_key, to_key FROM {overrides}");
            Assert.Equal(
                model.Overrides.Where(o => o.Key.Project == project).Select(static o => o.Key.From + "|" + o.Value).Order(StringComparer.Ordinal),
                overrides.Order(StringComparer.Ordinal));

            Assert.Equal(
                model.Persons.Where(p => p.Key.Project == project).OrderBy(static p => p.Key.Key).Select(static p => Text(p.Value)),
                await fixture.PersonsAsync(project, AllColumns));
            Assert.All(model.Persons.Where(p => p.Key.Project == project), p => Assert.Equal(p.Value.Row, fixture.Store.GetPerson(new ProjectId(project), p.Key.Key)));

            var id = new ProjectId(project);
            var ledger = fixture.Store.Ledger(id);
            Assert.Equal(model.Ledger(project), ledger);
            Assert.Equal(ledger.Received, ledger.Stored + ledger.Duplicates + ledger.Rejected);
            var schema = fixture.Store.Schema(id);
            Assert.Equal(ledger.Stored - ledger.RemovedByRetention - ledger.RemovedByDeletion, schema.Rows);
            await CompareCountsAsync(fixture, id, model);
            Assert.True(schema.Columns.IsSupersetOf(model.Columns(project)));
            var ids = Enumerable.Range(1, 8).Select(static i => "u" + i).ToArray();
            Assert.Equal(
                model.Identities.Where(i => i.Key.Project == project).Select(static i => i.Key.DistinctId + i.Value).Order(StringComparer.Ordinal),
                fixture.Store.FindPersons(id, ids).Select(static i => i.Key + i.Value).Order(StringComparer.Ordinal));
        }
    }

    /// <summary>What the footers tell is what the rows tell.</summary>
    private static async Task CompareCountsAsync(StoreFixture fixture, ProjectId project, Model model)
    {
        const long Day = 86_400_000_000;
        var start = StoreFixture.Micros(0) / Day * Day;
        long[] bounds = [.. Enumerable.Range(-44, 46).Select(i => start + (i * 13 * Day))];
        var tally = await fixture.Store.CountAsync(project, [null, "view", "größer"], bounds, CancellationToken.None);
        var rows = model.Rows.Where(r => r.Project == project.Value).ToList();
        Assert.Equal(
            new[] { null, "view", "größer" }.Select(n => string.Join(' ', bounds.Skip(1).Select((to, i) => rows.Count(r => (n is null || r.Event == n) && r.Timestamp >= bounds[i] && r.Timestamp < to)))),
            tally!.Counts.Select(static c => string.Join(' ', c)));
    }

    private static string Text(TestRow row)
    {
        var values = new List<string>
        {
            StoreFixture.Uuid(row.Uuid).ToString(), row.Event, row.DistinctId, row.PersonKey.ToString(), row.Session ?? "∅",
            row.Timestamp.ToString(), row.ReceivedAt.ToString(),
        };
        foreach (var column in AllColumns)
        {
            var value = row.Properties.Where(p => p.Name == column.Name && KindOf(p.Value) == column.Kind).Select(static p => p.Value).FirstOrDefault();
            values.Add(value is Json json ? json.ToString() : StoreFixture.Text(value));
        }

        return string.Join("|", values);
    }

    private static string Text(TestPerson person)
    {
        var row = person.Row;
        var values = AllColumns.Select(column =>
            StoreFixture.Text(person.Properties.Where(p => p.Name == column.Name && KindOf(p.Value) == column.Kind).Select(static p => p.Value).FirstOrDefault()));
        return string.Join("|", (string[])[row.Key.ToString(), row.Uuid.ToString(), row.CreatedAt.ToString(), row.IsIdentified ? "true" : "false", .. values]);
    }

    private static PropertyKind KindOf(object value) => value switch
    {
        double => PropertyKind.Number,
        bool => PropertyKind.Boolean,
        string => PropertyKind.Text,
        _ => PropertyKind.Json,
    };

    private sealed record Json(string Value)
    {
        public override string ToString() => Value;
    }

    private sealed record TestPerson(int Project, long Key, int Created, bool Identified, (string Name, object Value)[] Properties)
    {
        public Person Row => new(Key, StoreFixture.Uuid((int)Key + 1000), StoreFixture.Micros(Created), Identified,
            "{" + string.Join(",", Properties.Select(static p => JsonSerializer.Serialize(p.Name) + ":" + (p.Value is Json ? p.Value.ToString() : JsonSerializer.Serialize(p.Value)))) + "}");

        public override string ToString() => $"{Project}/{Row}";
    }

    private sealed record Step(Kind Kind, TestRow[] Rows, (int Project, int From, int To)[] Merges, TestPerson[] Persons, int At, double Cut)
    {
        public override string ToString() =>
            $"{Kind} at {At} cut {Cut:0.00} rows [{string.Join("; ", Rows.AsEnumerable())}] merges [{string.Join(",", Merges)}] persons [{string.Join("; ", Persons.AsEnumerable())}]";
    }

    private sealed class Model
    {
        private readonly Dictionary<int, (long Received, long Duplicates)> _counts = [];
        private readonly HashSet<(int Project, int Uuid)> _seen = [];
        private readonly Dictionary<int, (long Retention, long Deletion)> _removed = [];

        public long Offset { get; set; }

        public List<TestRow> Rows { get; private init; } = [];

        public Dictionary<(int Project, long From), long> Overrides { get; } = [];

        public Dictionary<(int Project, string DistinctId), long> Identities { get; } = [];

        public Dictionary<(int Project, long Key), TestPerson> Persons { get; } = [];

        public Model Copy()
        {
            var copy = new Model { Offset = Offset, Rows = [.. Rows] };
            copy._seen.UnionWith(_seen);
            foreach (var (k, v) in _counts)
            {
                copy._counts[k] = v;
            }

            foreach (var (k, v) in _removed)
            {
                copy._removed[k] = v;
            }

            foreach (var (k, v) in Overrides)
            {
                copy.Overrides[k] = v;
            }

            foreach (var (k, v) in Identities)
            {
                copy.Identities[k] = v;
            }

            foreach (var (k, v) in Persons)
            {
                copy.Persons[k] = v;
            }

            return copy;
        }

        /// <summary>False where the Writer would not name the person: it has been merged away.</summary>
        public bool Put(TestPerson person)
        {
            if (Overrides.ContainsKey((person.Project, person.Key)))
            {
                return false;
            }

            Persons[(person.Project, person.Key)] = person;
            return true;
        }

        public bool Add(TestRow row)
        {
            var fresh = _seen.Add((row.Project, row.Uuid));
            var (received, duplicates) = _counts.GetValueOrDefault(row.Project);
            _counts[row.Project] = (received + 1, duplicates + (fresh ? 0 : 1));
            if (fresh)
            {
                Rows.Add(row);
            }

            return fresh;
        }

        public long Resolve(int project, long key) => Overrides.GetValueOrDefault((project, key), key);

        public void Identify(int project, string distinctId, long key) => Identities[(project, distinctId)] = key;

        /// <summary>False where the Writer would not ask for it: a key that is merged already, or the same person.</summary>
        public bool Merge(int project, long from, long to)
        {
            var target = Resolve(project, to);
            if (Overrides.ContainsKey((project, from)) || target == from)
            {
                return false;
            }

            foreach (var key in Overrides.Keys.Where(k => k.Project == project && Overrides[k] == from).ToList())
            {
                Overrides[key] = target;
            }

            Overrides[(project, from)] = target;
            Persons.Remove((project, from));
            foreach (var key in Identities.Keys.Where(k => k.Project == project && Identities[k] == from).ToList())
            {
                Identities[key] = target;
            }

            return true;
        }

        public void RemoveOld(long before)
        {
            foreach (var row in Rows.Where(r => r.Timestamp < before))
            {
                var (retention, deletion) = _removed.GetValueOrDefault(row.Project);
                _removed[row.Project] = (retention + 1, deletion);
            }

            Rows.RemoveAll(r => r.Timestamp < before);
        }

        public long Forget(int project, long key, out int forgotten)
        {
            var person = Resolve(project, key);
            var keys = Overrides.Where(o => o.Key.Project == project && o.Value == person).Select(static o => o.Key.From).Append(person).ToHashSet();
            var ids = Identities.Where(i => i.Key.Project == project && i.Value == person).Select(static i => i.Key).ToList();
            forgotten = ids.Count;
            ids.ForEach(id => Identities.Remove(id));
            Persons.Remove((project, person));
            var removed = Rows.RemoveAll(r => r.Project == project && (keys.Contains(r.PersonKey) || (r.PersonKey == 0 && ids.Contains((project, r.DistinctId)))));
            var (retention, deletion) = _removed.GetValueOrDefault(project);
            _removed[project] = (retention, deletion + removed);
            return removed;
        }

        public LedgerCounts Ledger(int project)
        {
            var (received, duplicates) = _counts.GetValueOrDefault(project);
            var (retention, deletion) = _removed.GetValueOrDefault(project);
            return new LedgerCounts(received, received - duplicates, duplicates, 0) { RemovedByRetention = retention, RemovedByDeletion = deletion };
        }

        public HashSet<PropertyColumnKey> Columns(int project) =>
            [.. Rows.Where(r => r.Project == project).SelectMany(static r => r.Properties).Select(static p => new PropertyColumnKey(p.Name, KindOf(p.Value)))];
    }
}
