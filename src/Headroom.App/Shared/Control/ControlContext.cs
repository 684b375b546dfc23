using System.Text;
using Headroom.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Headroom.App.Shared.Control;

/// <summary>The model of the control data. Instants are unix microseconds, names are snake_case.</summary>
internal sealed class ControlContext(DbContextOptions<ControlContext> options) : DbContext(options)
{
    public DbSet<ProjectRow> Projects => Set<ProjectRow>();

    public DbSet<DomainRow> Domains => Set<DomainRow>();

    public DbSet<KeyRow> Keys => Set<KeyRow>();

    public DbSet<CohortRow> Cohorts => Set<CohortRow>();

    public DbSet<CohortMembersRow> CohortMembers => Set<CohortMembersRow>();

    public DbSet<AnnotationRow> Annotations => Set<AnnotationRow>();

    public DbSet<DefinitionRow> Definitions => Set<DefinitionRow>();

    public DbSet<ProblemCountRow> ProblemCounts => Set<ProblemCountRow>();

    public DbSet<ProblemExampleRow> ProblemExamples => Set<ProblemExampleRow>();

    public DbSet<DashboardRow> Dashboards => Set<DashboardRow>();

    public DbSet<DashboardShareRow> DashboardShares => Set<DashboardShareRow>();

    public DbSet<PersonDeletionRow> PersonDeletions => Set<PersonDeletionRow>();

    public DbSet<UserRow> Users => Set<UserRow>();

    public DbSet<MemberRow> Members => Set<MemberRow>();

    public DbSet<InvitationRow> Invitations => Set<InvitationRow>();

    public DbSet<SessionRow> Sessions => Set<SessionRow>();

    public DbSet<VisitorSaltRow> VisitorSalts => Set<VisitorSaltRow>();

    public DbSet<ProcessReadingRow> ProcessReadings => Set<ProcessReadingRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<MicrosConverter>();
        configurationBuilder.Properties<KeyKind>().HaveConversion<LowerCaseConverter<KeyKind>>();
        configurationBuilder.Properties<DefinitionKind>().HaveConversion<LowerCaseConverter<DefinitionKind>>();
        configurationBuilder.Properties<ProblemKind>().HaveConversion<LowerCaseConverter<ProblemKind>>();
        configurationBuilder.Properties<DeletionState>().HaveConversion<LowerCaseConverter<DeletionState>>();
        configurationBuilder.Properties<UserRole>().HaveConversion<LowerCaseConverter<UserRole>>();
        configurationBuilder.Properties<ProjectRole>().HaveConversion<LowerCaseConverter<ProjectRole>>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ProjectRow>(project =>
        {
            project.ToTable("project");
            project.HasMany(p => p.Domains).WithOne().HasForeignKey(d => d.ProjectId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<DomainRow>(domain =>
        {
            domain.ToTable("project_domain");
            domain.HasKey(d => d.Domain);
        });
        modelBuilder.Entity<KeyRow>(key =>
        {
            key.ToTable("project_key");
            key.HasOne<ProjectRow>().WithMany().HasForeignKey(k => k.ProjectId).OnDelete(DeleteBehavior.Cascade);
            key.HasIndex(k => k.Key).IsUnique();
            key.HasIndex(k => k.Hash).IsUnique();
        });
        modelBuilder.Entity<CohortRow>(cohort =>
        {
            cohort.ToTable("cohort");
            cohort.HasOne<ProjectRow>().WithMany().HasForeignKey(c => c.ProjectId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<CohortMembersRow>(members =>
        {
            members.ToTable("cohort_members");
            members.HasKey(m => m.CohortId);
            members.Property(m => m.CohortId).ValueGeneratedNever();
            members.HasOne<CohortRow>().WithOne().HasForeignKey<CohortMembersRow>(m => m.CohortId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<AnnotationRow>(annotation =>
        {
            annotation.ToTable("annotation");
            annotation.HasOne<ProjectRow>().WithMany().HasForeignKey(a => a.ProjectId).OnDelete(DeleteBehavior.Cascade);
            annotation.HasOne<UserRow>().WithMany().HasForeignKey(a => a.UserId).OnDelete(DeleteBehavior.SetNull);
            annotation.HasIndex(a => new { a.ProjectId, a.At });
        });
        modelBuilder.Entity<DefinitionRow>(definition =>
        {
            definition.ToTable("definition");
            definition.HasKey(d => new { d.ProjectId, d.Kind, d.Name });
            definition.HasOne<ProjectRow>().WithMany().HasForeignKey(d => d.ProjectId).OnDelete(DeleteBehavior.Cascade);
            definition.HasOne<UserRow>().WithMany().HasForeignKey(d => d.ChangedBy).OnDelete(DeleteBehavior.SetNull);
        });
        modelBuilder.Entity<ProblemCountRow>(count =>
        {
            count.ToTable("problem_count");
            count.HasKey(c => new { c.ProjectId, c.Kind, c.Reason, c.Hour });
        });
        modelBuilder.Entity<ProblemExampleRow>(example =>
        {
            example.ToTable("problem_example");
            example.HasIndex(e => new { e.ProjectId, e.Kind, e.Reason });
        });
        modelBuilder.Entity<DashboardRow>(dashboard =>
        {
            dashboard.ToTable("dashboard");
            dashboard.HasOne<ProjectRow>().WithMany().HasForeignKey(d => d.ProjectId).OnDelete(DeleteBehavior.Cascade);
            dashboard.HasOne<UserRow>().WithMany().HasForeignKey(d => d.CreatedBy).OnDelete(DeleteBehavior.SetNull);
            dashboard.Property(d => d.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<DashboardShareRow>(share =>
        {
            share.ToTable("dashboard_share");
            share.HasOne<DashboardRow>().WithMany().HasForeignKey(s => s.DashboardId).OnDelete(DeleteBehavior.Cascade);
            share.HasIndex(s => s.Hash).IsUnique();
        });
        modelBuilder.Entity<PersonDeletionRow>(deletion =>
        {
            deletion.ToTable("person_deletion");
            deletion.Property(d => d.Id).ValueGeneratedNever();
            deletion.HasOne<ProjectRow>().WithMany().HasForeignKey(d => d.ProjectId).OnDelete(DeleteBehavior.Cascade);
            deletion.HasIndex(d => new { d.ProjectId, d.RequestedAt });
        });
        modelBuilder.Entity<UserRow>(user =>
        {
            user.ToTable("user");
            user.HasIndex(u => u.Email).IsUnique();
        });
        modelBuilder.Entity<MemberRow>(member =>
        {
            member.ToTable("project_member");
            member.HasKey(m => new { m.ProjectId, m.UserId });
            member.HasOne<ProjectRow>().WithMany().HasForeignKey(m => m.ProjectId).OnDelete(DeleteBehavior.Cascade);
            member.HasOne<UserRow>().WithMany().HasForeignKey(m => m.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<InvitationRow>(invitation =>
        {
            invitation.ToTable("project_invitation");
            invitation.HasOne<ProjectRow>().WithMany().HasForeignKey(i => i.ProjectId).OnDelete(DeleteBehavior.Cascade);
            invitation.HasOne<UserRow>().WithMany().HasForeignKey(i => i.InvitedBy).OnDelete(DeleteBehavior.SetNull);
            invitation.HasIndex(i => i.Hash).IsUnique();
            invitation.HasIndex(i => new { i.ProjectId, i.Email }).IsUnique();
        });
        modelBuilder.Entity<SessionRow>(session =>
        {
            session.ToTable("session");
            session.HasKey(s => s.Hash);
            session.HasOne<UserRow>().WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Cascade);
            session.HasIndex(s => s.ExpiresAt);
        });
        modelBuilder.Entity<VisitorSaltRow>(salt =>
        {
            salt.ToTable("visitor_salt");
            salt.HasKey(s => s.Day);
            salt.Property(s => s.Day).ValueGeneratedNever();
        });
        modelBuilder.Entity<ProcessReadingRow>(reading =>
        {
            reading.ToTable("process_reading");
            reading.HasKey(r => r.Process);
        });

        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
            }
        }
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    private sealed class MicrosConverter() : ValueConverter<DateTimeOffset, long>(
        instant => UnixMicros.From(instant), micros => UnixMicros.ToInstant(micros));

    private sealed class LowerCaseConverter<T>() : ValueConverter<T, string>(
        value => value.ToString().ToLowerInvariant(), text => Enum.Parse<T>(text, true))
        where T : struct, Enum;
}
