namespace Headroom.Tests.Projects;

public sealed class AnnotationOnPostgresTests : AnnotationTests;
