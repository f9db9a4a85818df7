-- Creates the role of the application. The PostgreSQL image runs this file once, as the superuser, on an empty volume.
-- docs/postgres.md lists the rights that the role needs, all of them within its own database.
\getenv password DATABASE_PASSWORD

CREATE ROLE longhand LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
REVOKE ALL ON DATABASE longhand FROM PUBLIC;
GRANT CONNECT, CREATE ON DATABASE longhand TO longhand;
