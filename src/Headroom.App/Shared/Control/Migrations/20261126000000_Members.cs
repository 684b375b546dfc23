using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Headroom.App.Shared.Control.Migrations
{
    /// <inheritdoc />
    public partial class Members : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "project_invitation",
                columns: table => new
                {
                    id = table.Column<int>(nullable: false)
                        .Annotation("Sqlite:Autoincrement", true)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    project_id = table.Column<int>(nullable: false),
                    email = table.Column<string>(nullable: false),
                    role = table.Column<string>(nullable: false),
                    hash = table.Column<byte[]>(nullable: false),
                    invited_by = table.Column<int>(nullable: true),
                    created_at = table.Column<long>(nullable: false),
                    expires_at = table.Column<long>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_project_invitation", x => x.id);
                    table.ForeignKey(
                        name: "FK_project_invitation_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_project_invitation_user_invited_by",
                        column: x => x.invited_by,
                        principalTable: "user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                });

            migrationBuilder.CreateTable(
                name: "project_member",
                columns: table => new
                {
                    project_id = table.Column<int>(nullable: false),
                    user_id = table.Column<int>(nullable: false),
                    role = table.Column<string>(nullable: false),
                    created_at = table.Column<long>(nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_project_member", x => new { x.project_id, x.user_id });
                    table.ForeignKey(
                        name: "FK_project_member_project_project_id",
                        column: x => x.project_id,
                        principalTable: "project",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_project_member_user_user_id",
                        column: x => x.user_id,
                        principalTable: "user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_project_invitation_hash",
                table: "project_invitation",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_project_invitation_invited_by",
                table: "project_invitation",
                column: "invited_by");

            migrationBuilder.CreateIndex(
                name: "IX_project_invitation_project_id_email",
                table: "project_invitation",
                columns: new[] { "project_id", "email" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_project_member_user_id",
                table: "project_member",
                column: "user_id");

            // Every account saw every project and could do everything: nobody loses a right by an update.
            migrationBuilder.Sql("""UPDATE "user" SET role = 'operator';""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""UPDATE "user" SET role = CASE WHEN id = (SELECT min(id) FROM "user") THEN 'owner' ELSE 'member' END;""");

            migrationBuilder.DropTable(
                name: "project_invitation");

            migrationBuilder.DropTable(
                name: "project_member");
        }
    }
}
