-- The role of the application. The image of PostgreSQL runs this once, as the superuser, when its volume is empty.
-- docs/postgres.md lists the rights that the role needs. They end at its own database.
\getenv password DATABASE_PASSWORD

CREATE ROLE longhand LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
REVOKE ALL ON DATABASE longhand FROM PUBLIC;
GRANT CONNECT, CREATE ON DATABASE longhand TO longhand;
