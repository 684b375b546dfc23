namespace Headroom.Tests.Access;

public sealed class SigningInOnPostgresTests : SigningInTests;
