using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Headroom.App.Shared.Control.Migrations
{
    /// <inheritdoc />
    public partial class DataDefinitions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "definition",
                columns: table => new
                {
                    project_id = table.Column<int>(nullable: false),
                    kind = table.Column<string>(nullable: false),
                    name = table.Column<string>(nullable: false),
                    description = table.Column<string>(nullable: false),
                    hidden = table.Column<bool>(nullable: false),
                    changed_by = table.Column<int>(nullable: true),
                    changed_at = table.Column<long>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_definition", x => new { x.project_id, x.kind, x.name });
                    table.ForeignKey(
                        name: "FK_definition_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_definition_user_changed_by",
                        column: x => x.changed_by,
                        principalTable: "user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "problem_count",
                columns: table => new
                {
                    project_id = table.Column<int>(nullable: false),
                    kind = table.Column<string>(nullable: false),
                    reason = table.Column<string>(nullable: false),
                    hour = table.Column<long>(nullable: false),
                    count = table.Column<long>(nullable: false),
                    last_at = table.Column<long>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_problem_count", x => new { x.project_id, x.kind, x.reason, x.hour });
                });

            migrationBuilder.CreateTable(
                name: "problem_example",
                columns: table => new
                {
                    id = table.Column<int>(nullable: false)
                        .Annotation("Sqlite:Autoincrement", true)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<int>(nullable: false),
                    kind = table.Column<string>(nullable: false),
                    reason = table.Column<string>(nullable: false),
                    at = table.Column<long>(nullable: false),
                    document = table.Column<string>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_problem_example", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_definition_changed_by",
                table: "definition",
                column: "changed_by");

            migrationBuilder.CreateIndex(
                name: "IX_problem_example_project_id_kind_reason",
                table: "problem_example",
                columns: new[] { "project_id", "kind", "reason" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "definition");

            migrationBuilder.DropTable(
                name: "problem_count");

            migrationBuilder.DropTable(
                name: "problem_example");
        }
    }
}
