using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Headroom.App.Shared.Control.Migrations
{
    /// <inheritdoc />
    public partial class Dashboards : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "dashboard",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    project_id = table.Column<int>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    description = table.Column<string>(type: "TEXT", nullable: false),
                    range = table.Column<string>(type: "TEXT", nullable: true),
                    filters = table.Column<string>(type: "TEXT", nullable: false),
                    refresh_seconds = table.Column<int>(type: "INTEGER", nullable: false),
                    tiles = table.Column<string>(type: "TEXT", nullable: false),
                    tile_count = table.Column<int>(type: "INTEGER", nullable: false),
                    last_tile = table.Column<int>(type: "INTEGER", nullable: false),
                    version = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by = table.Column<int>(type: "INTEGER", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false),
                    deleted_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_dashboard", x => x.id);
                    table.ForeignKey(
                        name: "FK_dashboard_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_dashboard_user_created_by",
                        column: x => x.created_by,
                        principalTable: "user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "dashboard_share",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    dashboard_id = table.Column<int>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    prefix = table.Column<string>(type: "TEXT", nullable: false),
                    choose_range = table.Column<bool>(type: "INTEGER", nullable: false),
                    embed_origins = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_dashboard_share", x => x.id);
                    table.ForeignKey(
                        name: "FK_dashboard_share_dashboard_dashboard_id",
                        column: x => x.dashboard_id,
                        principalTable: "dashboard",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_dashboard_created_by",
                table: "dashboard",
                column: "created_by");

            migrationBuilder.CreateIndex(
                name: "IX_dashboard_project_id",
                table: "dashboard",
                column: "project_id");

            migrationBuilder.CreateIndex(
                name: "IX_dashboard_share_dashboard_id",
                table: "dashboard_share",
                column: "dashboard_id");

            migrationBuilder.CreateIndex(
                name: "IX_dashboard_share_hash",
                table: "dashboard_share",
                column: "hash",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "dashboard_share");

            migrationBuilder.DropTable(
                name: "dashboard");
        }
    }
}
