using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Headroom.App.Shared.Control;

/// <summary>For <c>dotnet ef migrations add</c>, which needs a context without the application; docs/decisions/0007-control-data.md says how.</summary>
internal sealed class ControlContextFactory : IDesignTimeDbContextFactory<ControlContext>
{
    public ControlContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<ControlContext>().UseSqlite("Data Source=design.db").Options);
}
