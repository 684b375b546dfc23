namespace Headroom.Tests.Projects;

public sealed class ControlSharingOnPostgresTests : ControlSharingTests;
