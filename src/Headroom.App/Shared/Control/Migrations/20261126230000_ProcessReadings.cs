using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Headroom.App.Shared.Control.Migrations
{
    /// <inheritdoc />
    public partial class ProcessReadings : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "process_reading",
                columns: table => new
                {
                    process = table.Column<string>(nullable: false),
                    written_at = table.Column<long>(nullable: false),
                    reading = table.Column<string>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_process_reading", x => x.process);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "process_reading");
        }
    }
}
