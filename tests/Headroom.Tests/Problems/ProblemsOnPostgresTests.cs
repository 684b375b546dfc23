namespace Headroom.Tests.Problems;

public sealed class ProblemsOnPostgresTests : ProblemsTests;
