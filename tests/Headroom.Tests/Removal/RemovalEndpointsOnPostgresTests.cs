namespace Headroom.Tests.Removal;

public sealed class RemovalEndpointsOnPostgresTests : RemovalEndpointsTests;
