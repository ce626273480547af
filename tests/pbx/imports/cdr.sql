-- MySQL dump 10.19  Distrib 10.3.39-MariaDB
CREATE TABLE `cdr` (
  `calldate` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `clid` varchar(80) NOT NULL DEFAULT '',
  `src` varchar(80) NOT NULL DEFAULT '',
  `dst` varchar(80) NOT NULL DEFAULT '',
  `dcontext` varchar(80) NOT NULL DEFAULT '',
  `channel` varchar(80) NOT NULL DEFAULT '',
  `dstchannel` varchar(80) NOT NULL DEFAULT '',
  `lastapp` varchar(80) NOT NULL DEFAULT '',
  `lastdata` varchar(80) NOT NULL DEFAULT '',
  `duration` int(11) NOT NULL DEFAULT 0,
  `billsec` int(11) NOT NULL DEFAULT 0,
  `disposition` varchar(45) NOT NULL DEFAULT '',
  `amaflags` int(11) NOT NULL DEFAULT 0,
  `accountcode` varchar(20) NOT NULL DEFAULT '',
  `uniqueid` varchar(32) NOT NULL DEFAULT '',
  `userfield` varchar(255) NOT NULL DEFAULT '',
  `did` varchar(50) NOT NULL DEFAULT '',
  `recordingfile` varchar(255) NOT NULL DEFAULT '',
  `cnum` varchar(80) NOT NULL DEFAULT '',
  `cnam` varchar(80) NOT NULL DEFAULT '',
  `linkedid` varchar(32) NOT NULL DEFAULT '',
  KEY `calldate` (`calldate`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8;
LOCK TABLES `cdr` WRITE;
INSERT INTO `cdr` VALUES ('2022-05-30 14:53:41','\"O\'Test (Ann)\" <12025550143>','12025550143','600','ext-queues','SIP/carrier-a-00000001','Local/2001@from-queue-00000002;1','Queue','600,t',60,55,'ANSWERED',3,'','1653893621.4','','5503301','q-600-12025550143-20220530-145341-1653893621.4.wav','12025550143','O\'Test (Ann)','1653893621.4'),('2022-05-30 14:53:50','\"O\'Test (Ann)\" <12025550143>','12025550143','2001','from-internal','Local/2001@from-queue-00000002;2','SIP/2001-00000003','Dial','SIP/2001,,',51,46,'ANSWERED',3,'','1653893630.5',NULL,'5503301','','12025550143','O\'Test (Ann)','1653893621.4');
UNLOCK TABLES;
INSERT INTO `cel` VALUES (1,'no call');
