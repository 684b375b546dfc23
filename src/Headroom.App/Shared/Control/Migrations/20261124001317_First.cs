using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Headroom.App.Shared.Control.Migrations
{
    /// <inheritdoc />
    public partial class First : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "project",
                columns: table => new
                {
                    id = table.Column<int>(nullable: false)
                        .Annotation("Sqlite:Autoincrement", true)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    name = table.Column<string>(nullable: false),
                    time_zone = table.Column<string>(nullable: false),
                    week_starts_on_sunday = table.Column<bool>(nullable: false),
                    keep_ip = table.Column<bool>(nullable: false),
                    created_at = table.Column<long>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_project", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "user",
                columns: table => new
                {
                    id = table.Column<int>(nullable: false)
                        .Annotation("Sqlite:Autoincrement", true)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    email = table.Column<string>(nullable: false),
                    name = table.Column<string>(nullable: false),
                    password_hash = table.Column<string>(nullable: false),
                    role = table.Column<string>(nullable: false),
                    created_at = table.Column<long>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_user", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "visitor_salt",
                columns: table => new
                {
                    day = table.Column<int>(nullable: false),
                    salt = table.Column<byte[]>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_visitor_salt", x => x.day);
                });

            migrationBuilder.CreateTable(
                name: "project_domain",
                columns: table => new
                {
                    domain = table.Column<string>(nullable: false),
                    project_id = table.Column<int>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_project_domain", x => x.domain);
                    table.ForeignKey(
                        name: "FK_project_domain_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "project_key",
                columns: table => new
                {
                    id = table.Column<int>(nullable: false)
                        .Annotation("Sqlite:Autoincrement", true)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<int>(nullable: false),
                    kind = table.Column<string>(nullable: false),
                    name = table.Column<string>(nullable: false),
                    key = table.Column<string>(nullable: true),
                    hash = table.Column<byte[]>(nullable: true),
                    prefix = table.Column<string>(nullable: false),
                    created_at = table.Column<long>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_project_key", x => x.id);
                    table.ForeignKey(
                        name: "FK_project_key_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "session",
                columns: table => new
                {
                    hash = table.Column<byte[]>(nullable: false),
                    user_id = table.Column<int>(nullable: false),
                    created_at = table.Column<long>(nullable: false),
                    expires_at = table.Column<long>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_session", x => x.hash);
                    table.ForeignKey(
                        name: "FK_session_user_user_id",
                        column: x => x.user_id,
                        principalTable: "user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_project_domain_project_id",
                table: "project_domain",
                column: "project_id");

            migrationBuilder.CreateIndex(
                name: "IX_project_key_hash",
                table: "project_key",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_project_key_key",
                table: "project_key",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_project_key_project_id",
                table: "project_key",
                column: "project_id");

            migrationBuilder.CreateIndex(
                name: "IX_session_expires_at",
                table: "session",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "IX_session_user_id",
                table: "session",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "IX_user_email",
                table: "user",
                column: "email",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "project_domain");

            migrationBuilder.DropTable(
                name: "project_key");

            migrationBuilder.DropTable(
                name: "session");

            migrationBuilder.DropTable(
                name: "visitor_salt");

            migrationBuilder.DropTable(
                name: "project");

            migrationBuilder.DropTable(
                name: "user");
        }
    }
}
