namespace Headroom.Tests.Dashboards;

public sealed class DashboardsOnPostgresTests : DashboardsTests;
