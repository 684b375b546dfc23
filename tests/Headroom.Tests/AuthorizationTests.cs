using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.App.Access;
using Headroom.App.Projects;
using Headroom.App.Shared;
using Headroom.Cli;
using Headroom.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headroom.Tests;

/// <summary>Who may call what: every endpoint that the real server maps has a row here, and every row is tried as every kind of caller.</summary>
public sealed class AuthorizationTests
{
    [Flags]
    private enum Who
    {
        Nobody = 1,

        /// <summary>A program with a write key in place of a read key.</summary>
        WriteKey = 2,
        ReadKey = 4,
        Viewer = 8,
        Editor = 16,
        Admin = 32,
        Owner = 64,
        Operator = 128,

        /// <summary>An owner of another project.</summary>
        Stranger = 256,

        Admins = Admin | Owner | Operator,
        Editors = Editor | Admins,
        Members = Viewer | Editors,
        Readers = ReadKey | Members,
        People = Members | Stranger,
        Anyone = Nobody | WriteKey | ReadKey | People,
    }

    private const string Project = "/api/projects/{project}";

    // Paths that take events ask for a write key of their own protocol, which is no caller here; Capture's tests are about that.
    private static readonly string[] Capture =
    [
        "/e", "/i/v0/e", "/capture", "/track", "/batch", "/engage", "/i/v1/analytics/events", "/v1/batch", "/v1/import", "/v1/track", "/v1/identify",
        "/v1/page", "/v1/screen", "/v1/group", "/v1/alias", "/v1/b", "/v1/t", "/v1/i", "/v1/p", "/v1/s", "/v1/g", "/v1/a", "/api/event",
    ];

    private static readonly (string Methods, string Route, Who May)[] Table =
    [
        // What SDKs ask for besides.
        ("GET,OPTIONS,POST", "/flags", Who.Anyone),
        ("GET,OPTIONS,POST", "/decide", Who.Anyone),
        ("GET,OPTIONS,POST", "/array/{token}/config", Who.Anyone),
        ("GET,OPTIONS,POST", "/array/{token}/config.js", Who.Anyone),
        ("GET,OPTIONS,POST", "/static/{**path}", Who.Anyone),
        ("GET,OPTIONS,POST", "/s", Who.Anyone),
        ("GET,OPTIONS,POST", "/i/v1/logs", Who.Anyone),
        ("GET,OPTIONS,POST", "/i/v1/metrics", Who.Anyone),
        ("GET,OPTIONS,POST", "/api/surveys", Who.Anyone),
        ("GET,OPTIONS,POST", "/api/early_access_features", Who.Anyone),
        ("GET,OPTIONS,POST", "/api/web_experiments", Who.Anyone),
        ("GET,OPTIONS,POST", "/_liveness", Who.Anyone),
        ("GET,OPTIONS,POST", "/_readiness", Who.Anyone),
        ("GET,OPTIONS,POST", "/v1/projects/{writeKey}/settings", Who.Anyone),
        ("GET,OPTIONS,POST", "/v1/m", Who.Anyone),

        // The server.
        ("GET,HEAD", "/health/live", Who.Anyone),
        ("GET", "/health/ready", Who.Anyone),
        ("HEAD", "/health/ready", Who.Anyone),
        ("", "/metrics", Who.Anyone),
        ("GET,HEAD", "/openapi/{documentName}.json", Who.Anyone),
        ("GET,HEAD", "/docs/{documentName?}", Who.Anyone),
        ("GET,HEAD", "/docs/favicon.svg", Who.Anyone),
        ("GET,HEAD", "/docs/scalar.js", Who.Anyone),
        ("GET,HEAD", "/docs/scalar.aspnetcore.js", Who.Anyone),
        ("GET,HEAD", "/shared/{token}", Who.Anyone),
        ("GET,HEAD", "/embed/{token}", Who.Anyone),
        ("GET,HEAD", "/invite/{token}", Who.Anyone),
        ("", "{**path}", Who.Anyone),

        // Signing in.
        ("GET", "/api/session", Who.Anyone),
        ("POST", "/api/session", Who.Anyone),
        ("DELETE", "/api/session", Who.People),
        ("POST", "/api/session/password", Who.People),
        ("POST", "/api/setup", Who.Anyone),
        ("GET", "/api/invitations/{token}", Who.Anyone),
        ("POST", "/api/invitations/{token}", Who.Anyone),

        // Projects.
        ("GET", "/api/projects", Who.People),
        ("POST", "/api/projects", Who.Operator),
        ("GET", Project, Who.Readers),
        ("PATCH", Project, Who.Admins),
        ("GET", Project + "/ledger", Who.Readers),
        ("GET", Project + "/keys", Who.Admins),
        ("POST", Project + "/keys", Who.Admins),
        ("DELETE", Project + "/keys/{id:int}", Who.Admins),

        // Alerts.
        ("GET", "/api/alerts", Who.Operator),
        ("GET", "/api/capacity", Who.Operator),
        ("GET", "/api/capacity/history", Who.Operator),
        ("POST", "/api/capacity/plan", Who.Operator),
        ("GET", Project + "/capacity", Who.Readers),
        ("POST", "/api/alerts/{id}/acknowledge", Who.Operator),
        ("POST", "/api/alerts/test", Who.Operator),

        // Members.
        ("GET", Project + "/members", Who.Members),
        ("POST", Project + "/members", Who.Admins),
        ("PATCH", Project + "/members/{id:int}", Who.Admins),
        ("DELETE", Project + "/members/{id:int}", Who.Admins),
        ("GET", Project + "/invitations", Who.Admins),
        ("POST", Project + "/invitations", Who.Admins),
        ("DELETE", Project + "/invitations/{id:int}", Who.Admins),

        // Reading.
        ("POST", Project + "/query", Who.Readers),
        ("POST", Project + "/query/persons", Who.Readers),
        ("POST", Project + "/sql", Who.Readers),
        ("GET", Project + "/sql/schema", Who.Readers),
        ("GET", Project + "/events", Who.Readers),
        ("GET", Project + "/events/{uuid:guid}", Who.Readers),
        ("GET", Project + "/export", Who.Readers),
        ("GET", Project + "/definitions/events", Who.Readers),
        ("GET", Project + "/definitions/events/activity", Who.Readers),
        ("GET", Project + "/definitions/properties", Who.Readers),
        ("GET", Project + "/definitions/properties/values", Who.Readers),
        ("GET", Project + "/persons", Who.Readers),
        ("GET", Project + "/persons/{uuid:guid}", Who.Readers),
        ("GET", Project + "/persons/{uuid:guid}/events", Who.Readers),
        ("GET", Project + "/persons/events", Who.Readers),
        ("GET", Project + "/live", Who.Readers),
        ("GET", Project + "/problems", Who.Readers),
        ("GET", Project + "/problems/recent", Who.Readers),

        // Sending files.
        ("POST", Project + "/imports", Who.Admins),
        ("POST", Project + "/imports/preview", Who.Admins),
        ("GET", Project + "/imports", Who.Admins),
        ("GET", Project + "/imports/{id:guid}", Who.Admins),
        ("DELETE", Project + "/imports/{id:guid}", Who.Admins),

        // Removing data.
        ("GET", Project + "/retention", Who.Admins),
        ("DELETE", Project + "/persons/{uuid:guid}", Who.Admins),
        ("GET", Project + "/deletions", Who.Admins),
        ("GET", Project + "/deletions/{id:guid}", Who.Admins),

        // What people make of it.
        ("PATCH", Project + "/definitions", Who.Editors),
        ("GET", Project + "/cohorts", Who.Readers),
        ("GET", Project + "/cohorts/{id:int}", Who.Readers),
        ("POST", Project + "/cohorts", Who.Editors),
        ("PATCH", Project + "/cohorts/{id:int}", Who.Editors),
        ("DELETE", Project + "/cohorts/{id:int}", Who.Editors),
        ("GET", Project + "/annotations", Who.Readers),
        ("POST", Project + "/annotations", Who.Editors),
        ("PATCH", Project + "/annotations/{id:int}", Who.Editors),
        ("DELETE", Project + "/annotations/{id:int}", Who.Editors),
        ("GET", Project + "/dashboards", Who.Readers),
        ("GET", Project + "/dashboards/{id:int}", Who.Readers),
        ("POST", Project + "/dashboards", Who.Editors),
        ("PATCH", Project + "/dashboards/{id:int}", Who.Editors),
        ("DELETE", Project + "/dashboards/{id:int}", Who.Editors),
        ("POST", Project + "/dashboards/{id:int}/restore", Who.Editors),
        ("POST", Project + "/dashboards/{id:int}/duplicate", Who.Editors),
        ("GET", Project + "/dashboards/{id:int}/tiles/{tile:int}", Who.Readers),
        ("GET", Project + "/dashboards/{id:int}/shares", Who.Editors),
        ("POST", Project + "/dashboards/{id:int}/shares", Who.Editors),
        ("DELETE", Project + "/dashboards/{id:int}/shares/{share:int}", Who.Editors),
        ("GET", "/api/shared/{token}", Who.Anyone),
        ("GET", "/api/shared/{token}/tiles/{tile:int}", Who.Anyone),

        // Last: whoever leaves is no member any more.
        ("DELETE", Project + "/members/me", Who.Members),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_has_a_row_and_lets_in_whom_it_says()
    {
        await using var server = await AskedServer.StartAsync();
        var rows = Table.Concat(Capture.Select(path => ("GET,OPTIONS,POST", path, Who.Anyone)))
            .ToDictionary(row => (row.Item1, row.Item2), row => row.Item3);

        Assert.Empty(Differences(server.Endpoints, rows.Keys));

        var wrong = new List<string>();
        foreach (var (methods, route, may) in Table)
        {
            var answers = await Task.WhenAll(Enum.GetValues<Who>().Where(who => int.IsPow2((int)who)).Select(async caller =>
            {
                var (status, detail) = await server.AskAsync(caller, methods.Split(',')[0], route);
                return IsRight(status, detail, caller, route, may) ? null : $"{methods} {route} as {caller}: {status} {detail}";
            }));
            wrong.AddRange(answers.OfType<string>());
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void An_endpoint_without_a_row_and_a_row_without_an_endpoint_are_told()
    {
        (string, string)[] rows = [("GET", "/a"), ("POST", "/a")];

        Assert.Empty(Differences(rows, rows));
        Assert.Equal(["no row for (DELETE, /a)"], Differences([.. rows, ("DELETE", "/a")], rows));
        Assert.Equal(["no endpoint for (POST, /a)"], Differences(rows[..1], rows));
    }

    [Fact]
    public async Task Nothing_is_changed_for_a_session_without_its_token_nor_for_another_site()
    {
        await using var server = await AskedServer.StartAsync();
        string[] byPassword = ["/api/session", "/api/setup", "/api/invitations/{token}"];
        var wrong = new List<string>();
        var asked = 0;
        foreach (var (methods, route) in server.Changing.Where(one => !Capture.Contains(one.Route) && !one.Methods.Contains("OPTIONS", StringComparison.Ordinal)))
        {
            var withoutSession = methods == "POST" && byPassword.Contains(route);
            var (status, detail) = await server.AskAsync(Who.Operator, methods, route, forged: true);
            asked++;
            if (status != 403 || !detail.Contains(withoutSession ? "Headroom's own pages" : "X-CSRF-Token", StringComparison.Ordinal))
            {
                wrong.Add($"{methods} {route}: {status} {detail}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(asked > 30);
    }

    [Fact]
    public async Task Who_may_not_see_a_project_is_not_told_whether_there_is_one()
    {
        await using var server = await AskedServer.StartAsync();
        var wrong = new List<string>();
        foreach (var (methods, route, _) in Table.Where(row => row.Route.StartsWith(Project, StringComparison.Ordinal)))
        {
            foreach (var caller in (Who[])[Who.Nobody, Who.WriteKey, Who.ReadKey, Who.Stranger])
            {
                // Of the two that there are, the stranger owns the second and the keys are the first one's.
                var there = await server.AskAsync(caller, methods, route, caller == Who.Stranger ? "1" : "2");
                var missing = await server.AskAsync(caller, methods, route, "99");
                if (there != missing || there.Status is not (401 or 403 or 404))
                {
                    wrong.Add($"{methods} {route} as {caller}: {there} and {missing}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Differences(IEnumerable<(string, string)> mapped, IEnumerable<(string, string)> rows) =>
        mapped.Except(rows).Select(row => $"no row for {row}").Concat(rows.Except(mapped).Select(row => $"no endpoint for {row}"));

    private static bool IsRight(int status, string detail, Who caller, string route, Who may)
    {
        const string noProject = "There is no such project.";
        if (may.HasFlag(caller))
        {
            return status is not (401 or 403 or 500) && detail != noProject;
        }

        // A member is told which role would do; the lowest that may is a role's name.
        var lowest = Enum.GetValues<Who>().First(who => int.IsPow2((int)who) && who >= Who.Viewer && may.HasFlag(who));
        return caller switch
        {
            Who.Nobody or Who.WriteKey => status == 401,
            Who.ReadKey => status == 403,
            Who.Stranger when route.StartsWith(Project, StringComparison.Ordinal) => (status, detail) == (404, noProject),
            _ => status == 403 && detail.Contains(lowest.ToString(), StringComparison.OrdinalIgnoreCase),
        };
    }

    private sealed class AskedServer : IAsyncDisposable
    {
        private const string Password = "correct horse";
        private readonly WebApplication _app;
        private readonly string _directory;
        private readonly HttpClient _http;
        private readonly CreatedProject _project;
        private readonly Dictionary<Who, Account> _people;

        private AskedServer(WebApplication app, string directory, CreatedProject project, Dictionary<Who, Account> people)
        {
            (_app, _directory, _project, _people) = (app, directory, project, people);
            _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.First()) };
        }

        public IEnumerable<(string Methods, string Route)> Endpoints => Routes.Select(Name).Distinct();

        /// <summary>Those that may change something: neither asked with GET only nor marked as reading.</summary>
        public IEnumerable<(string Methods, string Route)> Changing => Routes
            .Where(endpoint => endpoint.Metadata.GetMetadata<ReadsOnlyAttribute>() is null)
            .Select(Name).Where(one => one.Methods is not ("" or "GET" or "HEAD" or "GET,HEAD")).Distinct();

        private IEnumerable<RouteEndpoint> Routes => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

        public static async Task<AskedServer> StartAsync()
        {
            var directory = Directory.CreateTempSubdirectory("headroom-server-").FullName;
            string[] settings =
            [
                "--Headroom:Access:PasswordIterations=1000", "--Headroom:RateLimits:RequestsPerSecond=0", "--Headroom:RateLimits:SharedRequestsPerSecond=0",
            ];
            var app = Server.Build(new ServerSettings(directory, "http://127.0.0.1:0", [], settings));
            await app.StartAsync(Cancel);
            var projects = app.Services.GetRequiredService<ProjectCatalog>();
            var project = ControlData.Require(await projects.CreateAsync(new NewProject("Asked"), Cancel));
            var other = ControlData.Require(await projects.CreateAsync(new NewProject("Other"), Cancel));
            var people = new Dictionary<Who, Account>
            {
                [Who.Operator] = ControlData.Require(await app.Services.GetRequiredService<Accounts>().CreateAsync(Email(Who.Operator), null, Password, false, Cancel)),
            };
            foreach (var who in (Who[])[Who.Viewer, Who.Editor, Who.Admin, Who.Owner, Who.Stranger])
            {
                var (to, role) = who == Who.Stranger ? (other, ProjectRole.Owner) : (project, ProjectRoles.Parse(who.ToString().ToLowerInvariant())!.Value);
                people[who] = ControlData.Require(await app.Services.GetRequiredService<Members>()
                    .AddNewAsync(ControlData.IdOf(to.Project), role, Email(who), null, Password, Cancel));
            }

            return new AskedServer(app, directory, project, people);
        }

        private static (string Methods, string Route) Name(RouteEndpoint endpoint) => (
            string.Join(',', (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Order(StringComparer.Ordinal)),
            endpoint.RoutePattern.RawText is { Length: > 1 } text ? text.TrimEnd('/') : endpoint.RoutePattern.RawText!);

        /// <param name="project">Its id; null for the first.</param>
        /// <param name="forged">As another site makes a browser ask: with the cookie, without the token.</param>
        public async Task<(int Status, string Detail)> AskAsync(Who caller, string method, string route, string? project = null, bool forged = false)
        {
            var path = string.Join('/', route.Split('/').Select(part => part == "{project}" && project is not null ? project : Part(part)));
            using var request = new HttpRequestMessage(method.Length == 0 ? HttpMethod.Get : new HttpMethod(method), new Uri(path.StartsWith('/') ? path : "/" + path, UriKind.Relative));
            if (caller is Who.ReadKey or Who.WriteKey)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller == Who.ReadKey ? _project.ReadKey : _project.WriteKey);
            }
            else if (caller != Who.Nobody)
            {
                // One each time: some of what is asked for ends it.
                var (value, _) = await _app.Services.GetRequiredService<Sessions>().OpenAsync(_people[caller], Cancel);
                request.Headers.Add("Cookie", $"{AccessSchemes.Cookie}={value}");
                if (forged)
                {
                    request.Headers.Add("Sec-Fetch-Site", "cross-site");
                }
                else
                {
                    request.Headers.Add(AccessSchemes.CsrfHeader, Sessions.Token(value));
                }
            }

            if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
            {
                var body = (method, route) == ("POST", "/api/session") ? $$"""{"email":"{{Email(Who.Operator)}}","password":"{{Password}}"}""" : "{}";
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            }

            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            var isProblem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json";
            return ((int)answer.StatusCode, isProblem && request.Method != HttpMethod.Head
                ? (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["detail"] ?? "" : "");
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
            Directory.Delete(_directory, recursive: true);
        }

        private static string Email(Who who) => string.Create(CultureInfo.InvariantCulture, $"{who}@example.com").ToLowerInvariant();

        private string Part(string part) => part switch
        {
            "{project}" => _project.Project.Id,
            "{writeKey}" => _project.WriteKey,
            "{documentName}.json" => "v1.json",
            "{documentName?}" => "v1",
            _ when part.EndsWith(":int}", StringComparison.Ordinal) => "999",
            _ when part.EndsWith(":guid}", StringComparison.Ordinal) => "01890a5d-ac96-774b-bcce-b302099a8057",
            _ when part.StartsWith('{') => "none",
            _ => part,
        };
    }
}
