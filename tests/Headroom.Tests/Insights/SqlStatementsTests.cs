using System.Net;
using System.Text.Json;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using Headroom.Core;
using Headroom.Store.Sql;
using Headroom.Tests.Store;
using Xunit;

namespace Headroom.Tests.Insights;

/// <summary>What ordinary statements are answered, in each format.</summary>
public sealed class SqlStatementsTests(SqlHost host) : IClassFixture<SqlHost>
{
    public static TheoryData<string, string> Statements => new()
    {
        { "SELECT 1", "[[1]]" },
        { "select 1;", "[[1]]" },
        { "SELECT 1 -- one", "[[1]]" },
        { "/* one */ SELECT 1 /* two */ ; ", "[[1]]" },
        { "VALUES (1, 'a'), (2, 'b')", "[[1,\"a\"],[2,\"b\"]]" },
        { "SELECT count(*) FROM events", "[[4]]" },
        { "FROM events SELECT count(*)", "[[4]]" },
        { "SELECT count(*) FROM EVENTS e WHERE E.Event = 'bought'", "[[2]]" },
        { "SELECT event, count(*) AS n FROM events GROUP BY ALL ORDER BY n DESC, event", "[[\"$pageview\",2],[\"bought\",2]]" },
        { "SELECT DISTINCT person_key FROM events ORDER BY 1", "[[1],[3]]" },
        { "SELECT count(DISTINCT e.person_key) FROM events e", "[[2]]" },
        { "SELECT e.person_key FROM (SELECT * FROM events) e ORDER BY \"timestamp\" LIMIT 1", "[[1]]" },
        { "SELECT struct_extract(e, 'person_key') FROM events e ORDER BY e.\"timestamp\" LIMIT 1", "[[1]]" },
        { "SELECT d FROM events AS t(a, b, c, d) ORDER BY d", "[[1],[1],[1],[3]]" },
        { "SELECT \"$pathname\" FROM events WHERE \"$pathname\" IS NOT NULL ORDER BY 1", "[[\"/\"],[\"/pricing\"]]" },
        { "SELECT price FROM events WHERE price IS NOT NULL ORDER BY 1", "[[\"12\"],[\"free\"]]" },
        { "SELECT \"n:price\", \"t:price\" FROM events WHERE price IS NOT NULL ORDER BY 1", "[[12,null],[null,\"free\"]]" },
        { "SELECT \"t:plan\", \"t:^plan\" FROM events WHERE event = '$pageview' ORDER BY 1", "[[\"solo\",null],[null,\"team\"]]" },
        { "SELECT \"t:event\", \"t:t:odd\" FROM events WHERE distinct_id = 'u3'", "[[\"shadow\",\"o\"]]" },
        { "SELECT ok FROM events WHERE ok", "[[true]]" },
        { "SELECT json_extract_string(tags, '$[1]') FROM events WHERE tags IS NOT NULL", "[[\"b\"]]" },
        { "SELECT tags->>'$[0]' FROM events WHERE tags IS NOT NULL", "[[\"a\"]]" },
        { "SELECT unnest(from_json(tags, '[\"VARCHAR\"]')) FROM events WHERE tags IS NOT NULL", "[[\"a\"],[\"b\"]]" },
        { "SELECT value FROM events, json_each(tags) WHERE tags IS NOT NULL ORDER BY 1", "[[\"\\\"a\\\"\"],[\"\\\"b\\\"\"]]" },
        { "WITH events AS (SELECT 7 AS x) SELECT x FROM events", "[[7]]" },
        { "WITH events AS (SELECT * FROM events WHERE ok) SELECT count(*) FROM events", "[[1]]" },
        { "WITH a AS (SELECT event FROM events), b AS (SELECT count(*) AS n FROM a) SELECT n FROM b", "[[4]]" },
        { "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t", "[[15]]" },
        { "SELECT row_number() OVER (PARTITION BY person_key ORDER BY \"timestamp\") AS n FROM events ORDER BY n", "[[1],[1],[2],[3]]" },
        { "SELECT event, lag(event) OVER (ORDER BY \"timestamp\") FROM events QUALIFY row_number() OVER (ORDER BY \"timestamp\") = 3", "[[\"bought\",\"$pageview\"]]" },
        { "SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM range(3) t(x)", "[[0],[1],[3]]" },
        { "SELECT date_trunc('day', \"timestamp\") AS day, count(*) FROM events GROUP BY day ORDER BY day", "[[\"2026-11-20T00:00:00\",3],[\"2026-11-21T00:00:00\",1]]" },
        { "SELECT strftime(max(\"timestamp\"), '%Y-%m-%d %H:%M') FROM events", "[[\"2026-11-21 12:00\"]]" },
        { "SELECT \"timestamp\" FROM events WHERE \"timestamp\" >= TIMESTAMP '2026-11-21' AND \"timestamp\" < '2026-11-22'", "[[\"2026-11-21T12:00:00\"]]" },
        { "SELECT extract(hour FROM (\"timestamp\" AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Berlin') FROM events LIMIT 1", "[[13]]" },
        { "SELECT DATE '2026-11-20' + INTERVAL 1 MONTH, datediff('day', DATE '2026-11-20', DATE '2026-12-01')", "[[\"2026-12-20T00:00:00\",11]]" },
        { "SELECT regexp_extract('/item/42', '/item/(\\d+)', 1), 'abc' SIMILAR TO 'a.c', regexp_replace('aaa', 'a', 'b', 'g')", "[[\"42\",true,\"bbb\"]]" },
        { "SELECT 'Berlin' ILIKE 'b%', upper('ä'), concat('a', 1), 'x' || 'y', split_part('a.b', '.', 2)", "[[true,\"Ä\",\"a1\",\"xy\",\"b\"]]" },
        { "SELECT quantile_cont(x, 0.5), median(x), avg(x), stddev_samp(x) FROM range(1, 4) t(x)", "[[2,2,2,1]]" },
        { "SELECT approx_count_distinct(event) > 0, list(DISTINCT event ORDER BY event), string_agg(event, ',' ORDER BY event) FROM events", "[[true,[\"$pageview\",\"bought\"],\"$pageview,$pageview,bought,bought\"]]" },
        { "SELECT list_transform([1, 2], x -> x + 1), [y * 2 FOR y IN [1, 2] IF y > 1], list_aggregate([1, 2], 'sum')", "[[[2,3],[4],3]]" },
        { "SELECT CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END, coalesce(NULL, 1), nullif(1, 1), greatest(1, 2), try_cast('x' AS INT)", "[[\"a\",1,null,2,null]]" },
        { "SELECT * FROM (SELECT event, ok FROM events) PIVOT (count(*) FOR event IN ('bought', '$pageview')) ORDER BY ALL", "[[true,0,1],[null,2,1]]" },
        { "FROM (PIVOT (SELECT event FROM events) ON event IN ('bought', '$pageview') USING count(*))", "[[2,2]]" },
        { "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME n VALUE v", "[[\"a\",1],[\"b\",2]]" },
        { "SELECT a.event FROM events a JOIN events b USING (uuid) WHERE a.ok", "[[\"$pageview\"]]" },
        { "SELECT count(*) FROM events NATURAL JOIN events AS b", "[[0]]" },
        { "SELECT count(*) FROM events a ASOF JOIN events b ON a.event = b.event AND a.\"timestamp\" >= b.\"timestamp\"", "[[4]]" },
        { "SELECT x, y FROM range(2) t(x), LATERAL (SELECT x * 10 AS y) ORDER BY x", "[[0,0],[1,10]]" },
        { "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 1 INTERSECT SELECT 3 ORDER BY 1", "[[1],[2]]" },
        { "SELECT event, count(*), grouping(event) FROM events GROUP BY ROLLUP (event) ORDER BY ALL", "[[\"$pageview\",2,0],[\"bought\",2,0],[null,4,1]]" },
        { "SELECT count(*) FROM generate_series(DATE '2026-11-01', DATE '2026-11-30', INTERVAL 1 DAY)", "[[30]]" },
        { "SELECT COLUMNS('^(event|distinct_id)$') FROM events WHERE ok", "[[\"$pageview\",\"anon\"]]" },
        { "SELECT * EXCLUDE (x) REPLACE (y + 1 AS y) FROM (SELECT 1 AS x, 2 AS y)", "[[3]]" },
        { "SELECT column_name FROM (DESCRIBE SELECT event FROM events)", "[[\"event\"]]" },
        { "SELECT count(*) > 0 FROM events TABLESAMPLE 100%", "[[true]]" },
        { "SELECT event FROM events WHERE event IN (SELECT event FROM events WHERE ok) AND EXISTS (SELECT 1) LIMIT 1 OFFSET 1", "[[\"$pageview\"]]" },
        { "SELECT current_date = today(), now() > TIMESTAMPTZ '2026-01-01', current_timestamp IS NOT NULL", "[[true,true,true]]" },
        { "SELECT md5('a'), hash('a') > 0, length(uuid()::VARCHAR), random() < 1", "[[\"0cc175b9c0f1b6a831c399e269772661\",true,36,true]]" },
        { "SELECT session_id, person_key, distinct_id, started_at, ended_at, duration, events, views, entry_page, exit_page, channel, browser FROM sessions",
          "[[\"s1\",1,\"anon\",\"2026-11-20T12:00:00\",\"2026-11-20T12:01:30.5\",90.5,3,2,\"/\",\"/pricing\",\"Direct\",null]]" },
        { "SELECT person_key, is_identified, email, \"t:^plan\", \"t:plan\", age FROM persons ORDER BY person_key", "[[1,true,\"a@b.example\",\"team\",\"solo\",\"42\"],[3,false,null,null,null,\"old\"]]" },
        { "SELECT created_at, \"n:age\" FROM persons WHERE uuid = '01890a5d-ac96-774b-bcce-b302099a8057'", "[[\"2026-11-20T12:00:00\",42]]" },
        { "SELECT p.email, count(*) FROM events e JOIN persons p USING (person_key) GROUP BY ALL ORDER BY ALL", "[[\"a@b.example\",3],[null,1]]" },
        { "SELECT count(*), count(DISTINCT s.person_key) FROM sessions s JOIN events e USING (session_id)", "[[3,1]]" },
    };

    [Theory]
    [MemberData(nameof(Statements))]
    public async Task It_is_answered(string sql, string rows) => Assert.Equal(rows, await host.RowsAsync(sql));

    [Fact]
    public async Task Values_of_every_type_come_as_documented()
    {
        var (status, body, _) = await host.AskAsync("""
            SELECT 9007199254740992 AS a, 9007199254740993 AS b, -9007199254740993 AS c, 18446744073709551615::UBIGINT AS d,
                   170141183460469231731687303715884105::HUGEINT AS e, 12.50::DECIMAL(9,2) AS f, 1234567890123456.789::DECIMAL(19,3) AS g,
                   'nan'::DOUBLE AS h, 'infinity'::DOUBLE AS i, 0.1::DOUBLE AS j, 1.5::FLOAT AS k, true AS l, NULL AS m,
                   TIMESTAMP '2026-11-20 12:00:00.123456' AS n, TIMESTAMPTZ '2026-11-20 12:00:00+01' AS o, DATE '2026-11-20' AS p,
                   TIME '12:34:56.5' AS q, INTERVAL '1 year 2 months 3 days 04:05:06' AS r, '\xAB'::BLOB AS s,
                   '01890a5d-ac96-774b-bcce-b302099a8057'::UUID AS t, [1, NULL, 3] AS u, {'x': 1, 'y': ['a']} AS v, MAP {'k': 1} AS w,
                   [1, 2]::INTEGER[2] AS x, 'a'::ENUM ('a', 'b') AS y, TIMESTAMP_NS '2026-11-20 12:00:00.123456789' AS z,
                   union_value(n := 1) AS ab, 'infinity'::TIMESTAMP AS ac, DATE '20000-01-01' AS ad
            """);
        Assert.True(status == 200, body.GetRawText());
        Assert.Equal(
            """
            [9007199254740992,"9007199254740993","-9007199254740993","18446744073709551615","170141183460469231731687303715884105",12.50,"1234567890123456.789","NaN","Infinity",0.1,1.5,true,null,"2026-11-20T12:00:00.123456","2026-11-20T11:00:00Z","2026-11-20","12:34:56.5","1 year 2 months 3 days 04:05:06","qw==","01890a5d-ac96-774b-bcce-b302099a8057",[1,null,3],{"x":1,"y":["a"]},[{"key":"k","value":1}],[1,2],"a","2026-11-20T12:00:00.123456789",1,"infinity","1970-01-01 + 6585322 days"]
            """, body.GetProperty("rows")[0].GetRawText());
        Assert.Equal(
            ["BIGINT", "BIGINT", "BIGINT", "UBIGINT", "HUGEINT", "DECIMAL(9,2)", "DECIMAL(19,3)", "DOUBLE", "DOUBLE", "DOUBLE", "FLOAT", "BOOLEAN"],
            body.GetProperty("columns").EnumerateArray().Take(12).Select(c => c.GetProperty("type").GetString()));
        Assert.Equal(
            ["VARCHAR", "INTEGER[]", "STRUCT(x INTEGER, y VARCHAR[])", "MAP(VARCHAR, INTEGER)", "INTEGER[2]", "ENUM"],
            body.GetProperty("columns").EnumerateArray().Skip(19).Take(6).Select(c => c.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task An_answer_says_what_it_is_of()
    {
        var (_, body, _) = await host.AskAsync("SELECT event AS name, count(*) FROM events GROUP BY 1", 1);
        Assert.Equal("""[{"name":"name","type":"VARCHAR"},{"name":"count_star()","type":"BIGINT"}]""", body.GetProperty("columns").GetRawText());
        Assert.Equal((1, true, 4), (body.GetProperty("rowCount").GetInt32(), body.GetProperty("more").GetBoolean(), body.GetProperty("estimatedRows").GetInt32()));
        Assert.Equal(1, body.GetProperty("estimatedColumns").GetInt32());
        Assert.InRange(body.GetProperty("estimatedBytes").GetInt64(), 1, host.Store.Schema(new ProjectId(1)).Bytes - 1);
        Assert.Equal(host.Store.Schema(new ProjectId(1)).DataVersion, body.GetProperty("dataVersion").GetInt64());
        (_, body, _) = await host.AskAsync("SELECT event FROM events", 4);
        Assert.Equal((4, false), (body.GetProperty("rowCount").GetInt32(), body.GetProperty("more").GetBoolean()));
        (_, body, _) = await host.AskAsync("SELECT range FROM range(1000000)", 5000);
        Assert.Equal((5000, true), (body.GetProperty("rowCount").GetInt32(), body.GetProperty("more").GetBoolean()));
    }

    [Fact]
    public async Task Parameters_are_values_and_nothing_else()
    {
        Assert.Equal("""[["'; DROP VIEW events --",2,0.5,true,null]]""", await host.RowsAsync("SELECT $1, $2, $3, $4, $5", "'; DROP VIEW events --", 2, 0.5, true, null));
        Assert.Equal("[[2]]", await host.RowsAsync("SELECT count(*) FROM events WHERE event = ?", "bought"));
        Assert.Equal("[[3]]", await host.RowsAsync("SELECT $1 + $1 + $2", 1, 1));
        foreach (var (sql, parameters) in ((string, object?[])[])[("SELECT $1", []), ("SELECT 1", ["a"]), ("SELECT $2", [1])])
        {
            var (status, body, _) = await host.AskAsync(sql, null, parameters);
            Assert.Equal((400, true), (status, body.GetProperty("errors").TryGetProperty("parameters", out _)));
        }
    }

    [Theory]
    [InlineData("SELECT event, 'a\nb' AS two FROM events ORDER BY 1 LIMIT 2", "result", "rows")]
    [InlineData("SELECT evnt FROM events", "error", "errors")]
    public async Task An_answer_comes_as_a_stream_that_says_where_the_statement_is(string sql, string name, string member)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/projects/1/sql", UriKind.Relative));
        request.Content = new StringContent(JsonSerializer.Serialize(new { sql }), System.Text.Encoding.UTF8, "application/json");
        request.Headers.Accept.ParseAdd("text/event-stream, application/json");
        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        var events = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("event: progress\ndata: {\"state\":\"", events[0], StringComparison.Ordinal);
        var lines = events[^1].Split('\n');
        Assert.Equal([$"event: {name}", "data: "], [lines[0], lines[1][..6]]);
        var plain = (await host.AskAsync(sql)).Body;
        Assert.True(JsonElement.DeepEquals(plain.GetProperty(member), JsonElement.Parse(lines[1][6..]).GetProperty(member)), lines[1]);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(host.Root, "spill"), "sql-*"));
    }

    [Theory]
    [InlineData("""{"sql":3}""", "sql")]
    [InlineData("""{"sql":null}""", "sql")]
    [InlineData("""{"sql":"SELECT 1","format":"xml"}""", "format")]
    [InlineData("""{"sql":"SELECT 1","limit":0}""", "limit")]
    [InlineData("""{"sql":"SELECT 1","limit":5001}""", "limit")]
    [InlineData("""{"sql":"SELECT 1","limit":1.5}""", "limit")]
    [InlineData("""{"sql":"SELECT 1","parameters":{"a":1}}""", "parameters")]
    [InlineData("""{"sql":"SELECT $1","parameters":[[1]]}""", "parameters[0]")]
    [InlineData("""{"statement":"SELECT 1"}""", "")]
    [InlineData("[1", "")]
    [InlineData("", "")]
    public async Task What_is_wrong_with_a_request_is_named(string json, string field)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await host.Client.PostAsync(new Uri("/api/projects/1/sql", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var body = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal([field], body.GetProperty("errors").EnumerateObject().Select(e => e.Name));
    }

    [Fact]
    public async Task What_is_wrong_with_a_statement_is_said_with_its_place()
    {
        var (_, body, _) = await host.AskAsync("SELECT event\nFRO events");
        Assert.StartsWith("Line 2, character ", body.GetProperty("errors").GetProperty("sql")[0].GetString(), StringComparison.Ordinal);
        (_, body, _) = await host.AskAsync("SELECT evnt FROM events");
        Assert.Contains("evnt", body.GetProperty("errors").GetProperty("sql")[0].GetString(), StringComparison.Ordinal);
        (_, body, _) = await host.AskAsync("SELECT * FROM visits");
        Assert.Equal("There is no relation visits; there are events, persons, sessions.", body.GetProperty("errors").GetProperty("sql")[0].GetString());
    }

    [Fact]
    public async Task Csv_is_quoted_and_no_formula_is_run()
    {
        using var response = await host.SendAsync(
            """SELECT label, '+1' AS "=h", '-x' AS c, '@y' AS d, -5 AS e, 'a,"b"' AS f, NULL AS g, '' AS h, [1, 2] AS i, 1.5 AS j, E'\t=1' AS k FROM events WHERE label IS NOT NULL""", "csv", null, TestContext.Current.CancellationToken);
        Assert.Equal("text/csv", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            "label,'=h,c,d,e,f,g,h,i,j,k\r\n'=1+1,'+1,'-x,'@y,-5,\"a,\"\"b\"\"\",,\"\",\"[1,2]\",1.5,'\t=1\r\n",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["1"], response.Headers.GetValues("Headroom-Rows"));
    }

    [Fact]
    public async Task The_accept_header_chooses_the_format_too()
    {
        foreach (var type in (string[])["text/csv", "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream", "application/json"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/projects/1/sql", UriKind.Relative))
            {
                Content = new StringContent("""{"sql":"SELECT 1 AS a"}""", System.Text.Encoding.UTF8, "application/json"),
            };
            request.Headers.Accept.ParseAdd(type);
            using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.OK, type), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        }
    }

    [Fact]
    public async Task Parquet_holds_the_same_rows()
    {
        using var response = await host.SendAsync("SELECT event, count(*) AS n, list(price) AS prices, max(\"timestamp\") AS last, {'a': 1} AS s, sum(1) AS h FROM events GROUP BY 1 ORDER BY 1", "parquet", null, TestContext.Current.CancellationToken);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
            using var connection = new DuckDBConnection("DataSource=:memory:");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT string_agg(t::VARCHAR, ';' ORDER BY event) FROM read_parquet('{file}') AS t";
            Assert.Equal(
                "{'event': $pageview, 'n': 2, 'prices': [12, free], 'last': '2026-11-20 12:01:00', 's': {'a': 1}, 'h': 2};" +
                "{'event': bought, 'n': 2, 'prices': [NULL, NULL], 'last': '2026-11-21 12:00:00', 's': {'a': 1}, 'h': 2}",
                command.ExecuteScalar());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Arrow_is_a_stream_of_batches()
    {
        using var response = await host.SendAsync("SELECT range AS n, range::VARCHAR AS t FROM range(5000)", "arrow", null, TestContext.Current.CancellationToken);
        using var reader = new ArrowStreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        long rows = 0;
        long sum = 0;
        while (await reader.ReadNextRecordBatchAsync(TestContext.Current.CancellationToken) is { } batch)
        {
            using (batch)
            {
                rows += batch.Length;
                sum += ((Apache.Arrow.Int64Array)batch.Column("n")).Values.ToArray().Sum();
                Assert.Equal(((Apache.Arrow.Int64Array)batch.Column("n")).GetValue(0).ToString(), ((Apache.Arrow.StringArray)batch.Column("t")).GetString(0));
            }
        }

        Assert.Equal((5000, 5000L * 4999 / 2), (rows, sum));
    }

    [Fact]
    public async Task A_type_that_a_format_cannot_hold_is_named()
    {
        using var response = await host.SendAsync("SELECT INTERVAL 1 DAY AS pause", "parquet", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("\"format\"", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_is_what_a_statement_may_read()
    {
        using var response = await host.Client.GetAsync(new Uri("/api/projects/1/sql/schema", UriKind.Relative), TestContext.Current.CancellationToken);
        using var same = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/projects/1/sql/schema", UriKind.Relative));
        same.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var again = await host.Client.SendAsync(same, TestContext.Current.CancellationToken);
        Assert.Equal(304, (int)again.StatusCode);
        var relations = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("relations").EnumerateArray().ToList();
        foreach (var relation in relations)
        {
            var name = relation.GetProperty("name").GetString();
            var (_, body, _) = await host.AskAsync($"SELECT * FROM {name}");
            Assert.Equal(
                relation.GetProperty("columns").EnumerateArray().Select(c => (c.GetProperty("name").GetString(), c.GetProperty("type").GetString()!.Replace("UUID", "VARCHAR", StringComparison.Ordinal))),
                body.GetProperty("columns").EnumerateArray().Select(c => (c.GetProperty("name").GetString(), c.GetProperty("type").GetString()!)));
        }

        var events = relations[0].GetProperty("columns").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);
        Assert.Equal("""["text","number"]""", events["price"].GetProperty("kinds").GetRawText());
        Assert.Equal(("VARCHAR", "DOUBLE", "BOOLEAN"), (Type("price"), Type("n:price"), Type("ok")));
        Assert.Equal(("Plan", "plan"), (events["t:^plan"].GetProperty("property").GetString(), events["t:plan"].GetProperty("property").GetString()));
        Assert.DoesNotContain("password", events.Keys);

        string Type(string column) => events[column].GetProperty("type").GetString()!;
    }

    [Fact]
    public async Task Nothing_is_left_behind()
    {
        await host.RowsAsync("SELECT * FROM events");
        await host.AskAsync("SELECT 1 / 0 FROM nothing");
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(host.Root, "spill"), "sql-*"));
    }

    [Fact]
    public async Task Who_hangs_up_ends_the_statement()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(700));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await host.Store.AnswerAsync(new SqlQuestion
        {
            Project = new ProjectId(1), Sql = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 0",
            MaxRows = 1, MaxBytes = 1_000, Timeout = TimeSpan.FromMinutes(5),
        }, source.Token));
        Assert.Equal("[[1]]", await host.RowsAsync("SELECT 1"));
    }

    [Fact]
    public async Task A_project_without_events_has_empty_relations()
    {
        await using var empty = new StoreFixture();
        foreach (var sql in (string[])["SELECT * FROM events", "SELECT person_key, \"timestamp\" FROM events", "SELECT * FROM sessions", "SELECT * FROM persons"])
        {
            await using var answer = await empty.Store.AnswerAsync(
                new SqlQuestion { Project = new ProjectId(1), Sql = sql, MaxRows = 10, MaxBytes = 1_000, Timeout = TimeSpan.FromSeconds(30) }, CancellationToken.None);
            Assert.Equal(0, answer.Rows);
        }
    }

    [Fact]
    public async Task What_a_statement_reads_is_known_before()
    {
        using var checker = new SqlChecker(SqlRelations.Names);
        Assert.False((await checker.CheckAsync("SELECT event FROM events", 0)).Reads("person_key"));
        Assert.False((await checker.CheckAsync("SELECT count(*) FROM events", 0)).Reads("person_key"));
        foreach (var sql in (string[])
            ["SELECT Person_Key FROM events", "SELECT * FROM events", "SELECT e FROM events e", "SELECT events FROM events", "SELECT COLUMNS('p.*') FROM events",
             "SELECT a FROM events AS t(a)", "SELECT 1 FROM events NATURAL JOIN sessions", "SELECT 1 FROM events JOIN sessions USING (person_key)",
             "WITH x AS (FROM events) SELECT x FROM x", "SELECT #1 FROM events"])
        {
            Assert.True((await checker.CheckAsync(sql, 0)).Reads("person_key"), sql);
        }
    }
}
