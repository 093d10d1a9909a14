# Run once, by an empty volume: the application's role, which is no superuser. The superuser stays for this container's socket.
psql --username=postgres --dbname=postgres --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE tsunagu LOGIN CREATEDB NOSUPERUSER PASSWORD :'password';
CREATE DATABASE tsunagu OWNER tsunagu;
ALTER ROLE postgres PASSWORD NULL;
SQL
