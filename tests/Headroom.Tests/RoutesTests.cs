using Headroom.App.Capture;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Headroom.Tests;

public sealed class RoutesTests
{
    [Theory]
    [InlineData("POST", "/e/", "capture")]
    [InlineData("POST", "/api/event", "capture")]
    [InlineData("POST", "/v1/batch", "capture")]
    [InlineData("GET", "/static/array.js", "capture")]
    [InlineData("GET", "/array/phc_1/config.js", "capture")]
    [InlineData("GET", "/api/surveys", "capture")]
    [InlineData("GET", "/v1/projects/key/settings", "capture")]
    [InlineData("GET", "/api/projects/1/live", "writer")]
    [InlineData("GET", "/API/Projects/1/Live/", "writer")]
    [InlineData("GET", "/api/projects/1/ledger", "writer")]
    [InlineData("POST", "/api/projects/1/imports", "jobs")]
    [InlineData("GET", "/api/projects/1/imports/0b0c", "jobs")]
    [InlineData("DELETE", "/api/projects/1/persons/0b0c", "jobs")]
    [InlineData("GET", "/api/projects/1/persons/0b0c", "query")]
    [InlineData("GET", "/api/projects/1/deletions", "jobs")]
    [InlineData("GET", "/api/projects/1/capacity", "jobs")]
    [InlineData("POST", "/api/capacity/plan", "jobs")]
    [InlineData("GET", "/api/alerts", "jobs")]
    [InlineData("GET", "/openapi/v1.json", "jobs")]
    [InlineData("POST", "/api/projects/1/query", "query")]
    [InlineData("POST", "/api/session", "query")]
    [InlineData("GET", "/api/shared/token", "query")]
    [InlineData("GET", "/", "query")]
    [InlineData("HEAD", "/assets/index.js", "query")]
    [InlineData("GET", "/projects/1/trends", "query")]
    [InlineData("POST", "/projects/1/trends", null)]
    [InlineData("CONNECT", "/", null)]
    [InlineData("GET", "/metrics", null)]
    [InlineData("GET", "/METRICS/", null)]
    [InlineData("GET", "/health/ready", null)]
    [InlineData("GET", "/health", null)]
    public void Each_path_is_one_roles_or_nobodys(string method, string path, string? role) => Assert.Equal(role, Routes.Find(method, path)?.Role);

    [Theory]
    [InlineData("/api/projects/1/query", true)]
    [InlineData("/api/projects/1/query/persons", true)]
    [InlineData("/api/projects/1/sql", true)]
    [InlineData("/api/capacity/plan", true)]
    [InlineData("/api/projects/1/cohorts", false)]
    [InlineData("/api/projects/1/imports", false)]
    [InlineData("/e/", false)]
    public void A_post_that_only_reads_is_known_as_one(string path, bool readsOnly) => Assert.Equal(readsOnly, Routes.Find(HttpMethods.Post, path)!.ReadsOnly);

    [Fact]
    public void Every_path_that_takes_events_is_captures()
    {
        Assert.All(CaptureRoute.WithSlashes.Keys, static path => Assert.Equal(Roles.Capture, Routes.Find(HttpMethods.Post, path)?.Role));
    }
}
