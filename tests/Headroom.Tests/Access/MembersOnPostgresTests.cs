namespace Headroom.Tests.Access;

public sealed class MembersOnPostgresTests : MembersTests;
