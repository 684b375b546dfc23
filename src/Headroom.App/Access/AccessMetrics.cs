using System.Diagnostics.Metrics;
using Headroom.Core;

namespace Headroom.App.Access;

internal static class AccessMetrics
{
    private static readonly Counter<long> SignIns = Telemetry.Meter.CreateCounter<long>(
        "headroom_access_sign_ins_total", description: "Attempts to sign in by outcome: ok, failed, refused.");

    private static readonly Counter<long> Denied = Telemetry.Meter.CreateCounter<long>(
        "headroom_access_denied_total", description: "Requests turned away by reason: unauthenticated, forbidden, antiforgery, not_found.");

    private static readonly Counter<long> Limited = Telemetry.Meter.CreateCounter<long>(
        "headroom_access_rate_limited_total", description: "Requests refused because their sender asks too often, by sender: read_key, person, address.");

    public static void Limit(string sender) => Limited.Add(1, new KeyValuePair<string, object?>("sender", sender));

    public static void SignIn(string outcome) => SignIns.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void Deny(string reason) => Denied.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
