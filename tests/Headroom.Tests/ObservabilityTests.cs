using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Instrumentation.AspNetCore;
using Xunit;

namespace Headroom.Tests;

public sealed class ObservabilityTests
{
    [Theory]
    [InlineData("/api/shared/hrs_secret/tiles/1", "/api/shared/…")]
    [InlineData("/shared/hrs_secret", "/shared/…")]
    [InlineData("/embed/hrs_secret", "/embed/…")]
    [InlineData("/invite/hri_secret", "/invite/…")]
    [InlineData("/api/invitations/hri_secret", "/api/invitations/…")]
    [InlineData("/api/projects/1/dashboards", "/api/projects/1/dashboards")]
    public void The_token_of_a_shared_dashboard_or_an_invitation_is_not_in_traces(string path, string told)
    {
        var options = new AspNetCoreTraceInstrumentationOptions();
        Observability.HideTokens(options);
        var http = new DefaultHttpContext();
        http.Request.Path = path;
        using var activity = new Activity("request");
        activity.SetTag("url.path", path);
        options.EnrichWithHttpRequest!(activity, http.Request);
        Assert.Equal(told, activity.GetTagItem("url.path"));
    }
}
