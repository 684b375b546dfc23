// ClickHouse's HTTP interface, as much of it as its driver for .NET and the tests need, over the library.
//   Headroom.ClickHouse LIBCHDB.SO FOLDER PORT      port 0: any; the first line of output is the port; ends when its input does
// A request that has the header X-Headroom-Fail is refused: "before" it is run, "after" it was.

using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.ClickHouse;

var engine = new Engine(args[0], args[1]);
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(o =>
{
    o.Listen(IPAddress.Loopback, int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture));
    o.Limits.MaxRequestBodySize = null;
    o.Limits.MaxRequestLineSize = 1 << 20;
    o.Limits.MaxRequestBufferSize = 4 << 20;
});
await using var app = builder.Build();
app.MapGet("/ping", static () => "Ok.\n");
app.Map("/", context => Server.AnswerAsync(context, engine));
await app.StartAsync();
Console.WriteLine(new Uri(app.Urls.First()).Port);

// The one who started it holds the other end: with that process it goes too.
await Task.Run(static () => Console.In.ReadToEnd());
Environment.Exit(0);

/// <summary>One request.</summary>
internal static partial class Server
{
    /// <summary>What the driver says beside settings.</summary>
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "query", "database", "default_format", "query_id", "session_id", "enable_http_compression", "compress", "decompress", "user", "password", "role",
        "wait_end_of_query", "send_progress_in_http_headers",
    };

    public static async Task AnswerAsync(HttpContext context, Engine engine)
    {
        var (parameters, settings) = (new Dictionary<string, string>(), new Dictionary<string, string>());
        foreach (var (name, value) in context.Request.Query)
        {
            Sort(name, value.ToString(), parameters, settings);
        }

        var sql = context.Request.Query["query"].ToString();
        var body = Array.Empty<byte>();
        if (context.Request.HasFormContentType)
        {
            var form = await context.Request.ReadFormAsync();
            foreach (var (name, value) in form)
            {
                sql = name == "query" ? value.ToString() : sql;
                Sort(name, value.ToString(), parameters, settings);
            }
        }
        else
        {
            body = await BodyAsync(context.Request);
        }

        var fail = context.Request.Headers["X-Headroom-Fail"].ToString();
        var format = context.Request.Headers["X-ClickHouse-Format"].ToString() is { Length: > 0 } header ? header
            : context.Request.Query["default_format"].ToString() is { Length: > 0 } asked ? asked : "TabSeparated";
        try
        {
            if (fail == "before")
            {
                throw new EngineException("Code: 210. DB::NetException: refused before it was run. (NETWORK_ERROR)");
            }

            byte[] answer = [];
            if (InsertWithFile(sql, body) is var (before, structure, rows))
            {
                // The library reads files, and no bodies.
                var path = Path.GetTempFileName();
                try
                {
                    await File.WriteAllBytesAsync(path, rows);
                    await Task.Run(() => engine.Run($"{before}FROM file('{path}', 'Parquet', {structure})", format, parameters, settings));
                }
                finally
                {
                    File.Delete(path);
                }
            }
            else
            {
                var text = sql + Encoding.UTF8.GetString(body);
                answer = await Task.Run(() => engine.Run(text, format, parameters, settings));
            }

            if (fail == "after")
            {
                throw new EngineException("Code: 210. DB::NetException: refused after it was run. (NETWORK_ERROR)");
            }

            context.Response.Headers["X-ClickHouse-Format"] = format;
            context.Response.Headers["X-ClickHouse-Timezone"] = "UTC";
            context.Response.ContentType = "application/octet-stream";
            await context.Response.Body.WriteAsync(answer);
        }
        catch (EngineException e)
        {
            context.Response.StatusCode = 500;
            context.Response.Headers["X-ClickHouse-Exception-Code"] = Code().Match(e.Message) is { Success: true } code ? code.Groups[1].Value : "1";
            await context.Response.WriteAsync(e.Message);
        }
    }

    private static void Sort(string name, string value, Dictionary<string, string> parameters, Dictionary<string, string> settings)
    {
        if (name.StartsWith("param_", StringComparison.Ordinal))
        {
            parameters[name["param_".Length..]] = value;
        }
        else if (!Words.Contains(name))
        {
            settings[name] = value;
        }
    }

    private static (string Before, string Structure, byte[] Rows)? InsertWithFile(string sql, byte[] body)
    {
        if (sql.Length > 0)
        {
            return InputAtEnd().Match(sql) is { Success: true } apart ? (sql[..apart.Index], apart.Groups[1].Value, body) : null;
        }

        // The statement is the first line of the body then.
        var line = Array.IndexOf(body, (byte)'\n');
        return line > 0 && InputAtEnd().Match(Encoding.UTF8.GetString(body, 0, line)) is { Success: true } together
            ? (Encoding.UTF8.GetString(body, 0, line)[..together.Index], together.Groups[1].Value, body[(line + 1)..]) : null;
    }

    private static async Task<byte[]> BodyAsync(HttpRequest request)
    {
        using var whole = new MemoryStream();
        if (request.Headers.ContentEncoding == "gzip")
        {
            await using var unpacked = new GZipStream(request.Body, CompressionMode.Decompress);
            await unpacked.CopyToAsync(whole);
        }
        else
        {
            await request.Body.CopyToAsync(whole);
        }

        return whole.ToArray();
    }

    [GeneratedRegex(@"FROM input\(('.*')\)\s+FORMAT\s+Parquet\s*$", RegexOptions.Singleline)]
    private static partial Regex InputAtEnd();

    [GeneratedRegex(@"Code: (\d+)")]
    private static partial Regex Code();
}
