using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

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
                    id = table.Column<int>(nullable: false)
                        .Annotation("Sqlite:Autoincrement", true)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<int>(nullable: false),
                    name = table.Column<string>(nullable: false),
                    description = table.Column<string>(nullable: false),
                    range = table.Column<string>(nullable: true),
                    filters = table.Column<string>(nullable: false),
                    refresh_seconds = table.Column<int>(nullable: false),
                    tiles = table.Column<string>(nullable: false),
                    tile_count = table.Column<int>(nullable: false),
                    last_tile = table.Column<int>(nullable: false),
                    version = table.Column<long>(nullable: false),
                    created_by = table.Column<int>(nullable: true),
                    created_at = table.Column<long>(nullable: false),
                    updated_at = table.Column<long>(nullable: false),
                    deleted_at = table.Column<long>(nullable: true)
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
                    id = table.Column<int>(nullable: false)
                        .Annotation("Sqlite:Autoincrement", true)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    dashboard_id = table.Column<int>(nullable: false),
                    name = table.Column<string>(nullable: false),
                    hash = table.Column<byte[]>(nullable: false),
                    prefix = table.Column<string>(nullable: false),
                    choose_range = table.Column<bool>(nullable: false),
                    embed_origins = table.Column<string>(nullable: false),
                    created_at = table.Column<long>(nullable: false)
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
