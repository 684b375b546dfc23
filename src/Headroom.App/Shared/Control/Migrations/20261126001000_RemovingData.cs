using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Headroom.App.Shared.Control.Migrations
{
    /// <inheritdoc />
    public partial class RemovingData : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "dropped_properties",
                table: "project",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "retention_days",
                table: "project",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "person_deletion",
                columns: table => new
                {
                    id = table.Column<Guid>(nullable: false),
                    project_id = table.Column<int>(nullable: false),
                    person_uuid = table.Column<Guid>(nullable: false),
                    person_key = table.Column<long>(nullable: false),
                    log_offset = table.Column<long>(nullable: false),
                    requested_by = table.Column<string>(nullable: false),
                    requested_at = table.Column<long>(nullable: false),
                    state = table.Column<string>(nullable: false),
                    distinct_ids = table.Column<int>(nullable: false),
                    events = table.Column<long>(nullable: false),
                    segments = table.Column<int>(nullable: false),
                    completed_at = table.Column<long>(nullable: true),
                    log_cleared_at = table.Column<long>(nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_person_deletion", x => x.id);
                    table.ForeignKey(
                        name: "FK_person_deletion_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_person_deletion_project_id_requested_at",
                table: "person_deletion",
                columns: new[] { "project_id", "requested_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "person_deletion");

            migrationBuilder.DropColumn(
                name: "dropped_properties",
                table: "project");

            migrationBuilder.DropColumn(
                name: "retention_days",
                table: "project");
        }
    }
}
