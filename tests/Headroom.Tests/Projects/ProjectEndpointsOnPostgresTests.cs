namespace Headroom.Tests.Projects;

public sealed class ProjectEndpointsOnPostgresTests : ProjectEndpointsTests;
